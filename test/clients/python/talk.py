"""Uses the client that openapi-python-client generates."""

import os
from pathlib import Path

from parley_client import AuthenticatedClient, Client
from parley_client.api.auth import register, update_me
from parley_client.api.chats import open_direct_chat
from parley_client.api.media import get_media, get_media_info, upload_media
from parley_client.api.messages import list_messages, send_message
from parley_client.models import CreateDirect, Problem, Register, SendMessage, UpdateMe, UploadForm
from parley_client.types import UNSET, File

URL = os.environ["PARLEY_URL"]


def sign_up(username):
    body = Register(username=username, email=f"{username}@example.org", password="correct horse battery")
    signed_in = register.sync(client=Client(base_url=URL), body=body)
    return signed_in.user, AuthenticatedClient(base_url=URL, token=signed_in.access_token)


ada, as_ada = sign_up("ada")
ben, as_ben = sign_up("ben")
chat = open_direct_chat.sync(client=as_ada, body=CreateDirect(user_id=ben.id))
assert chat.peer.username == "ben", chat


def send(**fields):
    return send_message.sync(chat.id, client=as_ada, body=SendMessage(**fields))


sent = send(content="Hello")
[first] = list_messages.sync(chat.id, client=as_ben).messages
assert (first.content, first.id, first.sender_id) == ("Hello", sent.id, ada.id), first
print("talks")

with Path(os.environ["PHOTO"]).open("rb") as photo:
    form = UploadForm(files=[File(payload=photo, file_name="photo.jpg", mime_type="image/jpeg")], encrypted=False)
    [media] = upload_media.sync(client=as_ada, body=form).media
send(media_ids=[media.id])
file = get_media.sync(media.id, client=as_ben)
info = get_media_info.sync(media.id, client=as_ben)
assert len(file.payload.read()) == info.file_size and info.media_type == "image", info
print("uploads")

for i in range(120):
    send(content=f"Message {i + 1}")
history = []
is_more = True
while is_more:
    page = list_messages.sync(chat.id, client=as_ben, limit=50, before=history[0].id if history else UNSET)
    history = page.messages + history
    is_more = page.has_more_before
assert [message.seq for message in history] == list(range(1, 123)), len(history)
print("pages")

problem = send(content="")
assert isinstance(problem, Problem), problem
assert (problem.code, problem.errors[0].path) == ("validation", "content"), problem
print("refusals")

described = update_me.sync(client=as_ada, body=UpdateMe(bio="Walks a lot."))
assert described.bio == "Walks a lot.", described
cleared = update_me.sync(client=as_ada, body=UpdateMe(bio=None))
assert cleared.bio is None and cleared.username == "ada", cleared
print("clears")
