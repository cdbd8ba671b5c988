import { expect, test } from "bun:test";

import { Dispatch } from "../../src/events/dispatch.ts";

test("an event that says nothing but its kind is a whole frame, too", () => {
  const dispatch = new Dispatch({ deliver() {}, connect() {} });
  dispatch.start("0123456789ab", 0);
  const event = { type: "something", summary: "" };
  const encoded = (payload: object) => JSON.parse(dispatch.encode(7, event, payload));
  const cursor = "0123456789ab-7";
  expect(encoded({ chat_id: 1 })).toEqual({ type: "something", cursor, chat_id: 1 });
  expect(encoded({})).toEqual({ type: "something", cursor });
  expect(encoded({ absent: undefined })).toEqual({ type: "something", cursor });
});
