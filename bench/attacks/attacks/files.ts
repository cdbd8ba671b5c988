import { burning } from "../../../test/support/hostile.ts";
import type { Attack } from "../attack.ts";
import { HttpLine } from "../http-line.ts";
import { request } from "../requests.ts";

const senders = 12;
const filesOfEach = 4;
const type = "multipart/form-data; boundary=b";
const before =
  '--b\r\nContent-Disposition: form-data; name="files"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n';

/** Pictures that hold their decoder for as long as it may take. */
export const files: Attack[] = [
  {
    name: "files",
    photo: true,
    async run(assault) {
      const picture = Buffer.from(burning());
      // Each is another one: of the same nobody would look at more than one.
      const requests = assault.tokens.slice(0, senders).flatMap((token, sender) =>
        Array.from({ length: filesOfEach }, (_, n) => {
          const end = Buffer.from(`${sender}, ${n}\r\n--b--\r\n`);
          const body = Buffer.concat([Buffer.from(before), picture, end]);
          return request("POST", "/api/media/upload", body, { type, token });
        }),
      );
      await assault.begin();
      await Promise.all(
        requests.map(async (one) => assault.told.add(await new HttpLine(assault.port).ask(one))),
      );
    },
  },
];
