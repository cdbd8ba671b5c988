"""A chat client on the bare protocol: the Python of docs/clients.md, which explains it.

pip install websockets, then for two people with accounts, each in a directory of their own:
PASSWORD='a long enough one' python3 client.py alice bob
"""

import asyncio, json, os, random, sys, urllib.error, urllib.parse, urllib.request, uuid

import websockets

url = os.environ.get("SERVER", "http://127.0.0.1:8000")
with urllib.request.urlopen(url) as answer:
    server = json.load(answer)
limits = server["limits"]
print(f"Parley {server['version']} takes messages of {limits['content_bytes']} bytes")

# What has to survive a restart, in a file that is replaced as a whole.
file = "client.json"
state = {"messages": {}, "unloaded": [], "outbox": []}
if os.path.exists(file):
    with open(file) as kept:
        state = json.load(kept)


def save():
    with open(os.open(file + ".new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as kept:
        json.dump(state, kept)
    os.replace(file + ".new", file)


# Refusals after which the same request may succeed later.
temporary = {"rate_limited", "media_not_ready", "overloaded", "stopping", "internal", "storage_full"}


class Refused(Exception):
    def __init__(self, status, problem):
        super().__init__(problem.get("detail", f"HTTP {status}"))
        self.code = problem.get("code")


def fetch(request):
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.read()


async def call(method, path, body=None, content_type="application/json"):
    headers = {}
    if "access_token" in state:
        headers["Authorization"] = "Bearer " + state["access_token"]
    if body is not None:
        headers["Content-Type"] = content_type
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
    try:
        return await asyncio.to_thread(
            fetch, urllib.request.Request(url + path, body, headers, method=method)
        )
    except urllib.error.HTTPError as refusal:
        try:
            problem = json.load(refusal)
        except ValueError:  # a proxy may answer with something else than JSON
            problem = {}
        if problem.get("code") == "unauthorized" and "refresh_token" in state:
            await refresh()
        elif problem.get("code") in temporary:
            await asyncio.sleep(problem.get("retry_after", 5))
        else:
            raise Refused(refusal.code, problem) from None
    return await call(method, path, body, content_type)


async def sign_in(path, body):
    answer = json.loads(await call("POST", path, body))
    state.update(access_token=answer["access_token"], refresh_token=answer["refresh_token"])
    save()


refreshing = None


async def refresh():
    """One exchange at a time, however many calls wait for it."""
    global refreshing
    if refreshing is None or refreshing.done():
        body = {"refresh_token": state["refresh_token"]}
        refreshing = asyncio.ensure_future(sign_in("/api/auth/refresh", body))
    await refreshing

socket = None
attempts = 0  # to connect since the last `connected`


async def connect():
    """One connection, until it ends; returns the close code."""
    global socket, attempts
    since = "?since=" + urllib.parse.quote(state["cursor"]) if "cursor" in state else ""
    protocols = ["chat.v1", "bearer." + state["access_token"]]
    try:
        # The library pings by itself, and notices a dead line.
        address = url.replace("http", "ws", 1) + "/ws" + since
        async with websockets.connect(address, subprotocols=protocols) as socket:
            async for text in socket:
                frame = json.loads(text)
                if frame["type"] == "connected":
                    attempts = 0
                await receive(frame)
    except (OSError, websockets.InvalidHandshake):
        return 1006
    except websockets.ConnectionClosed:
        pass
    return socket.close_code


async def stay_connected():
    global attempts
    while True:
        code = await connect()
        if code in (4003, 4009):
            raise RuntimeError(f"closed with {code}")
        await asyncio.sleep(min(60, random.uniform(0.5, 5) * 2 ** min(attempts, 7)))
        attempts += 1
        if code == 4001:
            try:
                await refresh()
            except Refused as refusal:
                if refusal.code == "invalid_refresh_token":
                    raise
            except OSError:
                pass

async def receive(frame):
    kind = frame["type"]
    starts_over = kind == "resync" or (kind == "connected" and "cursor" not in state)
    if starts_over:
        state.update(messages={}, unloaded=["chats"])
    if kind in ("new_message", "message_updated"):
        keep(frame["message"])
    if kind == "message_deleted":
        key = frame["message_id"]
        known = state["messages"].get(str(key), {"media": []})
        keep({**known, "id": key, "chat_id": frame["chat_id"], "content": "", "is_deleted": True})
    if kind == "chat_created":
        state["unloaded"].append(frame["chat"]["id"])
    if "cursor" in frame:
        # The cursor and what its event has changed are written down together.
        state["cursor"] = frame["cursor"]
        save()
    if kind in ("ack", "error"):
        await answered(frame)
    if starts_over or kind in ("resumed", "chat_created"):
        start(load())
    if starts_over or kind == "resumed":
        await send_next()


def keep(message):
    """Applying an event twice changes nothing."""
    is_new = str(message["id"]) not in state["messages"]
    state["messages"][str(message["id"])] = message
    if is_new and not message["is_deleted"]:
        print(f"{message['sender_username']}: {message['content']}", flush=True)
    for one in message["media"]:
        if one["state"] == "ready":
            start(download(one))


running = set()


def start(work):
    """Lets something run beside; asyncio forgets what nobody holds."""
    task = asyncio.ensure_future(work)
    running.add(task)
    task.add_done_callback(running.discard)

async def history(chat_id):
    """The messages of a chat, oldest first. A client with a screen stops when that is full."""
    messages, before = [], ""
    while True:
        page = json.loads(await call("GET", f"/api/messages/{chat_id}?limit={limits['page']}{before}"))
        messages = page["messages"] + messages
        if not page["has_more_before"]:
            return messages
        before = f"&before={messages[0]['id']}"


async def chat_ids():
    ids, cursor = set(), ""
    while True:
        page = json.loads(await call("GET", f"/api/chats?limit={limits['page']}{cursor}"))
        ids.update(chat["id"] for chat in page["chats"])
        if page["next_cursor"] is None:
            return list(ids)
        cursor = "&cursor=" + urllib.parse.quote(page["next_cursor"])


is_loading = False


async def load():
    """Loads what `unloaded` names; what fails is tried again with the next connection."""
    global is_loading
    if is_loading:
        return
    is_loading = True
    try:
        while state["unloaded"]:
            todo = state["unloaded"]
            if todo[0] == "chats":
                todo.extend(await chat_ids())
            else:
                try:
                    messages = await history(todo[0])
                except Refused as refusal:
                    if refusal.code != "not_found":
                        raise
                    messages = []  # no longer in that chat
                if todo is not state["unloaded"]:
                    continue  # a resync came meanwhile
                for message in messages:
                    # What an event has told is newer than what was loaded.
                    if str(message["id"]) not in state["messages"]:
                        keep(message)
            todo.pop(0)
            save()
    except (OSError, Refused) as error:
        print(error, file=sys.stderr)
        await socket.close()
    finally:
        is_loading = False

async def send(chat_id, content, media_ids=()):
    client_id = str(uuid.uuid4())
    message = {"chat_id": chat_id, "content": content, "media_ids": list(media_ids), "client_id": client_id}
    state["outbox"].append(message)
    save()
    if len(state["outbox"]) == 1:
        await send_next()


async def send_next():
    if not state["outbox"] or socket is None:
        return
    message = state["outbox"][0]
    frame = {"type": "send_message", "request_id": message["client_id"], **message}
    try:
        await socket.send(json.dumps(frame))
    except websockets.ConnectionClosed:
        pass  # it is sent again after `resumed`


async def answered(frame):
    if not state["outbox"] or frame.get("request_id") != state["outbox"][0]["client_id"]:
        return
    if frame["type"] == "error":
        is_about_text = any(one["path"] == "content" for one in frame.get("errors", []))
        if frame["code"] in temporary and not is_about_text:
            return start(later(frame.get("retry_after", 5), send_next))
        print("Not sent:", frame["detail"], flush=True)
    state["outbox"].pop(0)
    save()
    await send_next()


async def later(seconds, work):
    await asyncio.sleep(seconds)
    await work()

async def send_file(chat_id, path):
    boundary = uuid.uuid4().hex
    name = os.path.basename(path).replace('"', "%22")
    with open(path, "rb") as opened:
        content = opened.read()
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'
    body = head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
    answer = await call("POST", "/api/media/upload", body, f"multipart/form-data; boundary={boundary}")
    await send(chat_id, "", [one["id"] for one in json.loads(answer)["media"]])


async def download(media):
    path = f"downloads/{media['id']}-{media['filename']}"
    if os.path.exists(path):
        return
    content = await call("GET", media["url"])
    os.makedirs("downloads", exist_ok=True)
    with open(path, "wb") as opened:
        opened.write(content)
    print("Saved", path, flush=True)

async def read_lines(chat_id):
    lines = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(lines)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
    while text := await lines.readline():
        line = text.decode().rstrip("\n")
        if not line.startswith("/file "):
            await send(chat_id, line)
            continue
        try:
            await send_file(chat_id, line[6:])
        except (OSError, Refused) as error:
            print("Not sent:", error, flush=True)


async def main(me, other):
    if "refresh_token" not in state:
        await sign_in("/api/auth/login", {"username": me, "password": os.environ["PASSWORD"]})
    found = json.loads(await call("GET", "/api/users/search?q=" + urllib.parse.quote(other)))
    user = next((one for one in found["users"] if one["username"] == other), None)
    if user is None:
        raise SystemExit(f"nobody is called {other}")
    chat = json.loads(await call("POST", "/api/chats/direct", {"user_id": user["id"]}))
    await asyncio.gather(stay_connected(), read_lines(chat["id"]))


asyncio.run(main(*sys.argv[1:]))
