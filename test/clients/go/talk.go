// Uses the client that oapi-codegen generates.
package main

import (
	"bytes"
	"context"
	"fmt"
	"mime/multipart"
	"net/http"
	"os"

	"github.com/oapi-codegen/runtime/types"

	"talk/parley"
)

var server = os.Getenv("PARLEY_URL")
var ctx = context.Background()

func check(isTrue bool, what string, seen ...any) {
	if !isTrue {
		panic(fmt.Sprint(what, " ", seen))
	}
}

func must[T any](value T, err error) T {
	check(err == nil, "error", err)
	return value
}

func register(username string) (parley.Me, *parley.ClientWithResponses) {
	anyone := must(parley.NewClientWithResponses(server))
	answer := must(anyone.RegisterWithResponse(ctx, parley.Register{
		Username: username,
		Email:    types.Email(username + "@example.org"),
		Password: "correct horse battery",
	}))
	check(answer.JSON201 != nil, "register", answer.Status())
	authorize := func(_ context.Context, request *http.Request) error {
		request.Header.Set("Authorization", "Bearer "+answer.JSON201.AccessToken)
		return nil
	}
	return answer.JSON201.User, must(parley.NewClientWithResponses(server, parley.WithRequestEditorFn(authorize)))
}

func form(photo []byte) (string, *bytes.Buffer) {
	body := &bytes.Buffer{}
	writer := multipart.NewWriter(body)
	must(0, writer.WriteField("encrypted", "false"))
	must(must(writer.CreateFormFile("files", "photo.jpg")).Write(photo))
	must(0, writer.Close())
	return writer.FormDataContentType(), body
}

func main() {
	ada, asAda := register("ada")
	ben, asBen := register("ben")
	opened := must(asAda.OpenDirectChatWithResponse(ctx, parley.CreateDirect{UserId: ben.Id}))
	chat := opened.JSON201
	check(chat.Peer.Username == "ben", "chat", chat)
	send := func(message parley.SendMessage) *parley.SendMessageResponse {
		return must(asAda.SendMessageWithResponse(ctx, chat.Id, message))
	}
	say := func(content string) *parley.SendMessageResponse {
		return send(parley.SendMessage{Content: &content})
	}

	sent := say("Hello").JSON201
	read := must(asBen.ListMessagesWithResponse(ctx, chat.Id, nil)).JSON200.Messages
	check(read[0].Content == "Hello" && read[0].Id == sent.Id && read[0].SenderId == ada.Id, "message", read)
	fmt.Println("talks")

	contentType, body := form(must(os.ReadFile(os.Getenv("PHOTO"))))
	uploaded := must(asAda.UploadMediaWithBodyWithResponse(ctx, contentType, body))
	media := uploaded.JSON201.Media[0]
	send(parley.SendMessage{MediaIds: &[]int64{media.Id}})
	file := must(asBen.GetMediaWithResponse(ctx, media.Id, nil))
	info := must(asBen.GetMediaInfoWithResponse(ctx, media.Id)).JSON200
	check(int64(len(file.Body)) == int64(info.FileSize) && info.MediaType == "image", "download", info)
	fmt.Println("uploads")

	for i := 1; i <= 120; i++ {
		say(fmt.Sprint("Message ", i))
	}
	history := []parley.Message{}
	limit := 50
	for isMore := true; isMore; {
		params := parley.ListMessagesParams{Limit: &limit}
		if len(history) > 0 {
			params.Before = &history[0].Id
		}
		page := must(asBen.ListMessagesWithResponse(ctx, chat.Id, &params)).JSON200
		history = append(page.Messages, history...)
		isMore = page.HasMoreBefore
	}
	check(len(history) == 122, "history", len(history))
	for i, message := range history {
		check(int(message.Seq) == i+1, "order", i, message.Seq)
	}
	fmt.Println("pages")

	problem := say("").ApplicationproblemJSON422
	check(problem != nil && problem.Code == "validation" && (*problem.Errors)[0].Path == "content", "refusal", problem)
	fmt.Println("refusals")

	// What is nil is left out, so an empty text clears.
	for _, bio := range []string{"Walks a lot.", ""} {
		me := must(asAda.UpdateMeWithResponse(ctx, parley.UpdateMe{Bio: &bio})).JSON200
		check((me.Bio == nil) == (bio == ""), "bio", me)
		check(me.Bio == nil || *me.Bio == bio, "bio", me)
	}
	fmt.Println("clears")
}
