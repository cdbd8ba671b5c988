/**
 * Subscribes this browser for the session of `accessToken`. Browsers ask for permission only after a click, so call it from
 * one, and at each start once it is given: a browser may have another subscription by then.
 */
export async function subscribeToPush(accessToken) {
  if ((await Notification.requestPermission()) !== "granted") return false;
  const headers = { Authorization: `Bearer ${accessToken}`, "Content-Type": "application/json" };
  const { key } = await ask("/api/notifications/web-push-key", { headers });
  const subscription = await subscribe(key);
  const body = JSON.stringify(subscription);
  await ask("/api/notifications/web-push-subscriptions", { method: "POST", headers, body });
  return true;
}

/** Closes what is shown of a chat: call it when `chat_read` comes, and when somebody opens the chat. */
export async function closeNotifications(chatId) {
  const registration = await registered();
  for (const shown of await registration.getNotifications({ tag: `chat-${chatId}` })) shown.close();
}

async function subscribe(applicationServerKey) {
  const registration = await registered();
  const options = { userVisibleOnly: true, applicationServerKey };
  try {
    return await registration.pushManager.subscribe(options);
  } catch (error) {
    if (error.name !== "InvalidStateError") throw error;
    // It is subscribed for another key, which the server has lost.
    await (await registration.pushManager.getSubscription())?.unsubscribe();
    return registration.pushManager.subscribe(options);
  }
}

async function registered() {
  await navigator.serviceWorker.register("service-worker.js");
  return navigator.serviceWorker.ready;
}

async function ask(path, options) {
  const response = await fetch(path, options);
  if (!response.ok) throw new Error(`${path}: HTTP ${response.status}`);
  return response.json();
}
