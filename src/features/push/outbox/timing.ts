/**
 * How long somebody who is connected has to read a message, or their device to prove that it has it. After that their
 * devices are told, because a socket may have died without a word.
 */
export const patienceMilliseconds = 10_000;

/** What is shown and was read elsewhere is closed after a moment, because somebody who reads mostly reads on. */
export const closeMilliseconds = 1000;

/** The number on an app's icon comes later, because what closes something says the number as well. */
export const badgeMilliseconds = 3000;

/** Nobody wants to be told of a message of an hour ago that the push service did not take. */
export const longestMilliseconds = 3_600_000;
