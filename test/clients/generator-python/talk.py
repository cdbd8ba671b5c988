"""Uses the client that openapi-generator generates for Python."""

import os
from pathlib import Path

from parley import ApiClient, AuthApi, ChatsApi, Configuration, MediaApi, MessagesApi
from parley import CreateDirect, Problem, Register, SendMessage, UpdateMe
from parley.exceptions import UnprocessableEntityException

URL = os.environ["PARLEY_URL"]


def sign_up(username):
    body = Register(username=username, email=f"{username}@example.org", password="correct horse battery")
    signed_in = AuthApi(ApiClient(Configuration(host=URL))).register(body)
    return signed_in.user, ApiClient(Configuration(host=URL, access_token=signed_in.access_token))


ada, as_ada = sign_up("ada")
ben, as_ben = sign_up("ben")
chat = ChatsApi(as_ada).open_direct_chat(CreateDirect(user_id=ben.id))
assert chat.peer.username == "ben", chat


def send(**fields):
    return MessagesApi(as_ada).send_message(chat.id, SendMessage(**fields))


sent = send(content="Hello")
[first] = MessagesApi(as_ben).list_messages(chat.id).messages
assert (first.content, first.id, first.sender_id) == ("Hello", sent.id, ada.id), first
print("talks")

photo = ("photo.jpg", Path(os.environ["PHOTO"]).read_bytes())
[media] = MediaApi(as_ada).upload_media(files=[photo], encrypted=False).media
send(media_ids=[media.id])
file = MediaApi(as_ben).get_media(media.id)
info = MediaApi(as_ben).get_media_info(media.id)
assert len(file) == info.file_size and info.media_type == "image", info
print("uploads")

for i in range(120):
    send(content=f"Message {i + 1}")
history = []
is_more = True
while is_more:
    before = history[0].id if history else None
    page = MessagesApi(as_ben).list_messages(chat.id, limit=50, before=before)
    history = page.messages + history
    is_more = page.has_more_before
assert [message.seq for message in history] == list(range(1, 123)), len(history)
print("pages")

try:
    send(content="")
    raise AssertionError("an empty message was taken")
except UnprocessableEntityException as refusal:
    problem = refusal.data
    assert isinstance(problem, Problem), refusal
    assert (problem.code, problem.errors[0].path) == ("validation", "content"), problem
print("refusals")

described = AuthApi(as_ada).update_me(UpdateMe(bio="Walks a lot."))
assert described.bio == "Walks a lot.", described
cleared = AuthApi(as_ada).update_me(UpdateMe(bio=None))
assert cleared.bio is None and cleared.username == "ada", cleared
print("clears")
