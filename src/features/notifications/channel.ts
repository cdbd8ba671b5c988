import type { Tx } from "../../platform/db/database.ts";
import type { Notification } from "./schema.ts";

/**
 * A way to reach people. It is given notifications in the transaction that makes them, some hundred at most, and
 * writes in there what it has to (transactional outbox): nothing leaves the server before they are saved, and each leaves
 * once. Their text is that of this moment; a channel that keeps some keeps their ids.
 */
export interface Channel {
  take(tx: Tx, made: Notification[]): Promise<void>;
}
