/** Shows what the server pushes, unless a window of the app is visible, which shows it itself. */
self.addEventListener("push", (event) => event.waitUntil(take(event.data.json())));

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data.chat_id));
});

async function take(content) {
  // Read on another device since.
  for (const chatId of content.read_chat_ids ?? []) {
    for (const shown of await self.registration.getNotifications({ tag: tagOf(chatId) })) shown.close();
  }
  if (content.unread_messages !== undefined) await setBadge(content.unread_messages);
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const isVisible = windows.some((one) => one.visibilityState === "visible");
  if (!isVisible || content.type === "test") await show(content);
}

/** One for each chat: the next takes its place. */
function show({ title, body, chat_id }) {
  const tag = chat_id === undefined ? "test" : tagOf(chat_id);
  return self.registration.showNotification(title, { body, tag, renotify: true, data: { chat_id } });
}

/** The number on the icon of an installed app; not every browser has one. */
async function setBadge(count) {
  await self.navigator.setAppBadge?.(count).catch(() => {});
}

async function open(chatId) {
  const [shown] = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  if (!shown) {
    const query = chatId === undefined ? "" : `?chat=${chatId}`;
    await self.clients.openWindow(`${self.registration.scope}${query}`);
    return;
  }
  await shown.focus();
  shown.postMessage({ type: "open_chat", chat_id: chatId });
}

function tagOf(chatId) {
  return `chat-${chatId}`;
}
