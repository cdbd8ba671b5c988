import { describe, expect, test } from "bun:test";

import type { Clock } from "../../src/core/clock.ts";
import type { Presence } from "../../src/platform/presence/presence.ts";
import { ManualClock } from "../support/clock.ts";

/** Opens a presence in which somebody without a socket stays online for `graceMilliseconds`. */
export type OpenPresence = (clock: Clock, graceMilliseconds: number) => Presence;

const [alice, bob] = [1, 2];
const grace = 10_000;

/** What every implementation of the port `Presence` promises. */
export function presenceContract(name: string, open: OpenPresence): void {
  function start() {
    const clock = new ManualClock();
    const presence = open(clock, grace);
    /** What it said, one line per change, with the seconds that had passed: `1 offline 3`. */
    const told: string[] = [];
    const from = clock.now();
    presence.onChange((userId, isOnline, at) => {
      told.push(`${userId} ${isOnline ? "online" : "offline"} ${(at - from) / 1000}`);
    });
    return { clock, presence, told };
  }

  describe(`${name} as a presence`, () => {
    test("nobody is here at first", () => {
      const { presence } = start();
      expect([presence.size, presence.isOnline(alice)]).toEqual([0, false]);
      expect([[...presence.onlineIn("chat:1")], presence.connectedIn("chat:1")]).toEqual([[], []]);
    });

    test("somebody is online from the first socket on until a while after the last", () => {
      const { clock, presence, told } = start();
      presence.arrived(alice, ["chat:1"]);
      presence.arrived(alice, ["chat:1"]);
      presence.departed(alice);
      clock.turn(grace * 2);
      expect([presence.size, presence.isOnline(alice)]).toEqual([1, true]);
      presence.departed(alice);
      clock.turn(grace - 1);
      expect(presence.isOnline(alice)).toBe(true);
      expect([...presence.onlineIn("chat:1")]).toEqual([alice]);
      clock.turn(1);
      expect([presence.size, presence.isOnline(alice)]).toEqual([0, false]);
      expect([...presence.onlineIn("chat:1")]).toEqual([]);
      expect(told).toEqual(["1 online 0", "1 offline 20"]);
    });

    test("who comes back in time was never away, and begins to be away anew", () => {
      const { clock, presence, told } = start();
      presence.arrived(alice, []);
      for (let i = 0; i < 3; i++) {
        presence.departed(alice);
        clock.turn(grace - 1);
        presence.arrived(alice, []);
        clock.turn(grace);
      }
      expect(told).toEqual(["1 online 0"]);
      presence.departed(alice);
      clock.turn(grace - 1);
      expect(presence.isOnline(alice)).toBe(true);
      clock.turn(1);
      expect(told.length).toBe(2);
    });

    test("each change is told when it is so", () => {
      const clock = new ManualClock();
      const presence = open(clock, grace);
      const seen: [boolean, boolean][] = [];
      presence.onChange((userId, isOnline) => seen.push([isOnline, presence.isOnline(userId)]));
      presence.arrived(alice, []);
      presence.departed(alice);
      clock.turn(grace);
      expect(seen).toEqual([
        [true, true],
        [false, false],
      ]);
    });

    test("people are online in what they hear, from when they do and for as long as they do", () => {
      const { presence } = start();
      presence.arrived(alice, ["chat:1", "chat:2"]);
      presence.arrived(bob, ["chat:2"]);
      expect([...presence.onlineIn("chat:1")]).toEqual([alice]);
      expect([...presence.onlineIn("chat:2")].toSorted()).toEqual([alice, bob]);
      presence.joined(bob, "chat:1");
      presence.left(alice, "chat:2");
      expect([...presence.onlineIn("chat:1")].toSorted()).toEqual([alice, bob]);
      expect([...presence.onlineIn("chat:2")]).toEqual([bob]);
      presence.left(bob, "chat:2");
      presence.left(bob, "chat:2");
      expect([...presence.onlineIn("chat:2")]).toEqual([]);
    });

    test("who is away for a moment hears what they join meanwhile, and is online but not connected", () => {
      const { clock, presence } = start();
      presence.arrived(alice, ["chat:1"]);
      presence.arrived(bob, ["chat:1"]);
      presence.departed(alice);
      presence.joined(alice, "chat:2");
      presence.left(alice, "chat:1");
      expect([...presence.onlineIn("chat:2")]).toEqual([alice]);
      expect(presence.connectedIn("chat:2")).toEqual([]);
      expect(presence.connectedIn("chat:1")).toEqual([bob]);
      presence.arrived(alice, ["chat:2"]);
      expect(presence.connectedIn("chat:2")).toEqual([alice]);
      clock.turn(grace);
      expect([[...presence.onlineIn("chat:1")], [...presence.onlineIn("chat:2")]]).toEqual([[bob], [alice]]);
    });

    test("what is said of people who are not here is forgotten, so they come with what they hear then", () => {
      const { clock, presence, told } = start();
      presence.joined(alice, "chat:1");
      presence.left(alice, "chat:2");
      presence.departed(alice);
      expect([presence.size, [...presence.onlineIn("chat:1")]]).toEqual([0, []]);
      presence.arrived(alice, ["chat:2"]);
      presence.departed(alice);
      clock.turn(grace);
      presence.arrived(alice, ["chat:3"]);
      expect([[...presence.onlineIn("chat:1")], [...presence.onlineIn("chat:2")]]).toEqual([[], []]);
      expect([...presence.onlineIn("chat:3")]).toEqual([alice]);
      expect(told).toEqual(["1 online 0", "1 offline 0", "1 online 10"]);
    });

    test("several people come and go without minding each other", () => {
      const { clock, presence, told } = start();
      presence.arrived(alice, ["chat:1"]);
      presence.arrived(bob, ["chat:1"]);
      presence.departed(alice);
      clock.turn(grace / 2);
      presence.departed(bob);
      clock.turn(grace / 2);
      expect([...presence.onlineIn("chat:1")]).toEqual([bob]);
      clock.turn(grace / 2);
      expect(presence.size).toBe(0);
      expect(told).toEqual(["1 online 0", "2 online 0", "1 offline 0", "2 offline 5"]);
    });
  });
}
