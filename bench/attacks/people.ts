/** Who is there, by their ids. Data gives them out from 1. */
const ids = (from: number, count: number) => Array.from({ length: count }, (_, index) => from + index);

/** They ping in turn: one alone may not send so many frames. The first makes the calls, too. */
export const victims = ids(1, 3);
/** Never online, and told of what the first victim writes. */
export const friend = 4;
export const attackers = ids(11, 20);
/** Members of large groups. */
export const crowd = ids(101, 1000);
export const everybody = 1100;

export const password = "correct horse 42 battery";

/** Documentation addresses (RFC 5737): a proxy that the server trusts says that calls come from there. */
export const victimAddress = "198.51.100.20";
export const attackerAddress = "203.0.113.7";
