/** A process that sends or receives one file and says how it went. */
import { download, type TransferOptions, upload } from "../test/support/transfer.ts";

export interface TransferInput extends TransferOptions {
  /** Either what to send … */
  send?: { size: number; seed: number };
  /** … or what to receive. */
  receive?: string;
}

export interface TransferResult {
  status: number;
  size: number;
  seconds: number;
  /** Where what has been sent can be had. */
  path: string;
}

const input = JSON.parse(await Bun.stdin.text()) as TransferInput;
if (input.send) {
  const { body, ...sent } = await upload({ ...input, ...input.send, unhashed: true });
  process.send!({ ...sent, path: body.media?.[0]?.url ?? "/" } satisfies TransferResult);
} else {
  const path = input.receive!;
  process.send!({ ...(await download({ ...input, path, unhashed: true })), path } satisfies TransferResult);
}
process.exit(0);
