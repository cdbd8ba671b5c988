/** When somebody wants to be left alone. */
import { expect, test } from "bun:test";

import { isSilent } from "../../src/features/push/settings/silence.ts";
import { usualSettings } from "../../src/features/push/settings/store.ts";

const minute = 60_000;

function silentAt(time: string, wanted: Partial<typeof usualSettings>): boolean {
  return isSilent({ ...usualSettings, ...wanted }, Date.parse(time));
}

const quiet = (timeZone: string, quietFrom: string, quietTo: string) => ({ timeZone, quietFrom, quietTo });

test("whoever has set nothing is never left alone", () => {
  expect(silentAt("2026-01-15T03:00:00Z", {})).toBe(false);
});

test("do-not-disturb ends when it says", () => {
  const wanted = { doNotDisturbUntil: Date.parse("2026-01-15T12:00:00Z") };
  expect(silentAt("2026-01-15T11:59:59.999Z", wanted)).toBe(true);
  expect(silentAt("2026-01-15T12:00:00Z", wanted)).toBe(false);
});

test("do-not-disturb and quiet hours do not wait for each other", () => {
  const wanted = { ...quiet("UTC", "22:00", "07:00"), doNotDisturbUntil: Date.parse("2026-01-15T12:00:00Z") };
  expect(silentAt("2026-01-15T11:00:00Z", wanted)).toBe(true);
  expect(silentAt("2026-01-15T13:00:00Z", wanted)).toBe(false);
  expect(silentAt("2026-01-15T23:00:00Z", wanted)).toBe(true);
});

/** The quiet hours, and in UTC the last moment before, the first and last in, and the first after them. */
const edges: [
  zone: string,
  from: string,
  to: string,
  before: string,
  first: string,
  last: string,
  after: string,
][] = [
  ["UTC", "13:00", "14:30", "15T12:59:59.999Z", "15T13:00:00Z", "15T14:29:59.999Z", "15T14:30:00Z"],
  ["Europe/Berlin", "22:00", "07:00", "14T20:59:59.999Z", "14T21:00:00Z", "15T05:59:59.999Z", "15T06:00:00Z"],
  ["Europe/Berlin", "00:00", "00:01", "14T22:59:59.999Z", "14T23:00:00Z", "14T23:00:59.999Z", "14T23:01:00Z"],
  ["Europe/Berlin", "23:59", "00:00", "14T22:58:59.999Z", "14T22:59:00Z", "14T22:59:59.999Z", "14T23:00:00Z"],
  [
    "America/New_York",
    "22:00",
    "07:00",
    "15T02:59:59.999Z",
    "15T03:00:00Z",
    "15T11:59:59.999Z",
    "15T12:00:00Z",
  ],
  [
    "Asia/Kathmandu",
    "22:00",
    "07:00",
    "15T16:14:59.999Z",
    "15T16:15:00Z",
    "16T01:14:59.999Z",
    "16T01:15:00Z",
  ],
  ["Pacific/Apia", "22:00", "07:00", "15T08:59:59.999Z", "15T09:00:00Z", "15T17:59:59.999Z", "15T18:00:00Z"],
];

test.each(edges)(
  "in %s quiet hours from %s to %s are those of the clocks there",
  (zone, from, to, ...moments) => {
    const silent = moments.map((one) => silentAt(`2026-01-${one}`, quiet(zone, from, to)));
    expect(silent).toEqual([false, true, true, false]);
  },
);

/** How many minutes are quiet within so many hours. */
function quietMinutes(from: string, hours: number, wanted: Partial<typeof usualSettings>): number {
  const first = Date.parse(from);
  return Array.from({ length: hours * 60 }, (_, i) => first + i * minute).filter((now) =>
    isSilent({ ...usualSettings, ...wanted }, now),
  ).length;
}

/**
 * Noons with as many hours to the next one: on an ordinary day, and where clocks go forward and back. Of each zone half
 * an hour that is left out then, and one that comes twice.
 */
const changes: {
  zone: string;
  days: [noon: string, hours: number][];
  leftOut: [from: string, to: string];
  twice: [from: string, to: string];
}[] = [
  {
    zone: "Europe/Berlin",
    days: [
      ["2026-01-15T11:00Z", 24],
      ["2026-03-28T11:00Z", 23],
      ["2026-10-24T10:00Z", 25],
    ],
    leftOut: ["02:15", "02:45"],
    twice: ["02:15", "02:45"],
  },
  {
    zone: "America/New_York",
    days: [
      ["2026-01-15T17:00Z", 24],
      ["2026-03-07T17:00Z", 23],
      ["2026-10-31T16:00Z", 25],
    ],
    leftOut: ["02:15", "02:45"],
    twice: ["01:15", "01:45"],
  },
];

test.each(changes)(
  "in $zone quiet hours are those of the clock when it changes, too",
  ({ zone, days, ...half }) => {
    const minutes = (from: string, to: string) =>
      days.map(([day, hours]) => quietMinutes(day, hours, quiet(zone, from, to)));
    expect(minutes("22:00", "07:00")).toEqual([9 * 60, 8 * 60, 10 * 60]);
    expect(minutes(...half.leftOut)[1]).toBe(0);
    expect(minutes(...half.twice)[2]).toBe(60);
    expect(minutes("13:00", "14:00")).toEqual([60, 60, 60]);
  },
);

test("a quiet time that the clock leaves out ends with the first one after it", () => {
  const wanted = quiet("Europe/Berlin", "22:00", "02:30");
  expect(silentAt("2026-03-29T00:59:59Z", wanted)).toBe(true);
  expect(silentAt("2026-03-29T01:00:00Z", wanted)).toBe(false);
});
