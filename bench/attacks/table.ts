import { printLines } from "../table.ts";
import type { Outcome } from "./scene.ts";
import { showCounts } from "./told.ts";

export interface Row {
  attack: string;
  /** Which of two executables; empty where there is one. */
  which: string;
  outcome: Outcome;
}

/** What an attack may cost others at most. */
const mostP99 = 100;
const mostMegabytes = 300;
const megabyte = 1_000_000;

const headings = [
  "attack",
  "",
  "ping p50",
  "p99",
  "longest ms",
  "(own p99)",
  "RSS MB",
  "disk +MB",
  "log +MB",
  "calls",
  "longest ms",
  "notified ms",
  "victim's refusals, and more",
  "attacker's answers",
];

export function printRows(rows: readonly Row[]): void {
  printLines(headings, rows.map(cells), { last: 2 });
}

/** What is beyond the goals, in words. */
export function missesOf({ victim, peak, end }: Outcome): string[] {
  return [
    ...(victim.ping.p99 < mostP99 ? [] : [`p99 of pings is ${milliseconds(victim.ping.p99)} ms`]),
    ...(peak < mostMegabytes * megabyte ? [] : [`RSS is ${show(peak / megabyte)} MB`]),
    ...(victim.answered === victim.asked
      ? []
      : [`${victim.asked - victim.answered} calls failed (${showCounts(victim.failures)})`]),
    ...(victim.notified < Infinity ? [] : ["a notification was not seen"]),
    ...(victim.photo === Infinity ? ["a photo was not ready"] : []),
    ...(end === undefined ? [] : [end]),
  ];
}

function cells({ attack, which, outcome }: Row): string[] {
  const { victim, peak, disk, log, told, end } = outcome;
  const { ping, photo } = victim;
  const more = [
    showCounts(victim.failures),
    photo === undefined ? "" : `photo ready: ${photo === Infinity ? "never" : `${show(photo / 1000)} s`}`,
    end ?? "",
  ];
  return [
    attack,
    which,
    ...[ping.p50, ping.p99, ping.longest, victim.lateness].map(milliseconds),
    ...[peak, disk, log].map((bytes) => show(bytes / megabyte)),
    `${victim.answered}/${victim.asked}`,
    ...[victim.longest, victim.notified].map(milliseconds),
    more.filter(Boolean).join("; "),
    showCounts(told),
  ];
}

function milliseconds(value: number): string {
  return value === Infinity ? "never" : show(value);
}

function show(value: number): string {
  return Math.abs(value) < 10 ? value.toFixed(1) : Math.round(value).toLocaleString("en");
}
