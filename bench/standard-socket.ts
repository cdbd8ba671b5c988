import type { RawSocketOptions } from "./raw-socket.ts";

/** What a member needs of its socket, whoever makes it. */
export interface ClientSocket {
  send(frames: Buffer): void;
  close(): void;
}

/** Bun's own WebSocket client, which hands on each frame as text and an event, as clients have it. */
export class StandardSocket implements ClientSocket {
  private constructor(private readonly ws: WebSocket) {}

  static async connect(options: RawSocketOptions): Promise<StandardSocket> {
    const ws = new WebSocket(`ws://127.0.0.1:${options.port}/ws`, {
      headers: { Authorization: `Bearer ${options.token}` },
    });
    ws.onmessage = (event) => {
      const bytes = Buffer.from(event.data as string, "latin1");
      options.frame(bytes, 0, bytes.length);
      options.read?.();
    };
    await new Promise<void>((resolve, reject) => {
      ws.onopen = () => resolve();
      ws.onerror = () => reject(new Error("the server refused a WebSocket"));
    });
    return new StandardSocket(ws);
  }

  /** Takes frames made with `encodeFrame`, of less than 64 KiB and more than 125 bytes each. */
  send(frames: Buffer): void {
    for (let at = 0; at < frames.length;) {
      const start = at + 8;
      at = start + frames.readUInt16BE(at + 2);
      this.ws.send(frames.toString("latin1", start, at));
    }
  }

  close(): void {
    this.ws.close();
  }
}
