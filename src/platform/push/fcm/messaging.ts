import type { BatchResponse, Messaging, TokenMessage } from "firebase-admin/messaging";

import type { AccessTokens } from "./access-token.ts";
import { type Connection, type Endpoint, withConnection } from "./connection.ts";

export interface MessagingOptions {
  projectId: string;
  tokens: AccessTokens;
  endpoint: Endpoint | undefined;
}

/** Hands messages to FCM, over a connection of their own. In a dry run FCM only says what it would do with them. */
export type SendEach = (messages: TokenMessage[], isDryRun?: boolean) => Connection<Promise<BatchResponse>>;

/** Loads firebase-admin and HTTP/2, which take time and memory that a start and servers without FCM are spared. */
export async function loadMessaging({ projectId, tokens, endpoint }: MessagingOptions): Promise<SendEach> {
  const [{ initializeApp }, { getMessaging }, { default: http2 }] = await Promise.all([
    import("firebase-admin/app"),
    import("firebase-admin/messaging"),
    import("node:http2"),
  ]);
  // Expired at once for firebase-admin, whose own cache would go on handing out a token that is refused.
  const getAccessToken = async () => ({ access_token: await tokens.get(), expires_in: 0 });
  const app = initializeApp({ credential: { getAccessToken }, projectId }, crypto.randomUUID());
  const messaging = getMessaging(app);
  stopRetries(messaging);
  return (messages, isDryRun) =>
    withConnection(http2, () => messaging.sendEach(messages, isDryRun), endpoint);
}

/** firebase-admin has no option for its own, which may wait for minutes; the outbox tries again. */
function stopRetries(messaging: Messaging): void {
  const { messagingRequestHandler } = messaging as unknown as {
    messagingRequestHandler: { http2Client: { retry: { maxRetries: number } } };
  };
  messagingRequestHandler.http2Client.retry.maxRetries = 0;
}
