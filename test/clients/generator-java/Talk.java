import java.io.File;
import java.util.ArrayList;
import java.util.List;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import parley.ApiClient;
import parley.ApiException;
import parley.api.AuthApi;
import parley.api.ChatsApi;
import parley.api.MediaApi;
import parley.api.MessagesApi;
import parley.model.Chat;
import parley.model.CreateDirect;
import parley.model.History;
import parley.model.Me;
import parley.model.Media;
import parley.model.Message;
import parley.model.Register;
import parley.model.SendMessage;
import parley.model.SignedIn;
import parley.model.UpdateMe;

/** Uses the client that openapi-generator generates for Java. */
public class Talk {
    record Person(Me me, ApiClient client) {}

    static void check(boolean isTrue, Object what) {
        if (!isTrue) throw new AssertionError(what);
    }

    static ApiClient client() {
        ApiClient client = new ApiClient();
        client.updateBaseUri(System.getenv("PARLEY_URL"));
        return client;
    }

    static Person register(String username) throws ApiException {
        SignedIn signedIn = new AuthApi(client()).register(
            new Register().username(username).email(username + "@example.org").password("correct horse battery"));
        ApiClient client = client();
        client.setRequestInterceptor(
            request -> request.header("Authorization", "Bearer " + signedIn.getAccessToken()));
        return new Person(signedIn.getUser(), client);
    }

    public static void main(String[] arguments) throws Exception {
        Person ada = register("ada");
        Person ben = register("ben");
        Chat chat = new ChatsApi(ada.client()).openDirectChat(new CreateDirect().userId(ben.me().getId()));
        check(chat.getPeer().getUsername().equals("ben"), chat);
        MessagesApi adas = new MessagesApi(ada.client());
        MessagesApi bens = new MessagesApi(ben.client());

        Message sent = adas.sendMessage(chat.getId(), new SendMessage().content("Hello"));
        Message first = bens.listMessages(chat.getId(), null, null, null, null).getMessages().get(0);
        check(first.getContent().equals("Hello") && first.getId().equals(sent.getId()), first);
        check(first.getSenderId().equals(ada.me().getId()), first);
        System.out.println("talks");

        List<File> files = List.of(new File(System.getenv("PHOTO")));
        Media media = new MediaApi(ada.client()).uploadMedia(files, false).getMedia().get(0);
        adas.sendMessage(chat.getId(), new SendMessage().mediaIds(List.of(media.getId())));
        File file = new MediaApi(ben.client()).getMedia(media.getId(), null, null, null);
        Media info = new MediaApi(ben.client()).getMediaInfo(media.getId());
        check(file.length() == info.getFileSize() && info.getMediaType().getValue().equals("image"), info);
        System.out.println("uploads");

        for (int i = 1; i <= 120; i++) adas.sendMessage(chat.getId(), new SendMessage().content("Message " + i));
        List<Message> history = new ArrayList<>();
        for (boolean isMore = true; isMore; ) {
            Long before = history.isEmpty() ? null : history.get(0).getId();
            History page = bens.listMessages(chat.getId(), 50, before, null, null);
            history.addAll(0, page.getMessages());
            isMore = page.getHasMoreBefore();
        }
        check(history.size() == 122, history.size());
        for (int i = 0; i < 122; i++) check(history.get(i).getSeq() == i + 1, history.get(i));
        System.out.println("pages");

        try {
            adas.sendMessage(chat.getId(), new SendMessage().content(""));
            throw new AssertionError("an empty message was taken");
        } catch (ApiException refusal) {
            JsonNode problem = new ObjectMapper().readTree(refusal.getResponseBody());
            check(refusal.getCode() == 422 && problem.get("code").asText().equals("validation"), problem);
            check(problem.get("errors").get(0).get("path").asText().equals("content"), problem);
        }
        System.out.println("refusals");

        AuthApi auth = new AuthApi(ada.client());
        check(auth.updateMe(new UpdateMe().bio("Walks a lot.")).getBio().equals("Walks a lot."), "bio");
        Me cleared = auth.updateMe(new UpdateMe().bio(null));
        check(cleared.getBio() == null && cleared.getUsername().equals("ada"), cleared);
        System.out.println("clears");
    }
}
