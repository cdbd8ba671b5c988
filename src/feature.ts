import type { z } from "zod";

import type { Actor } from "./core/actor.ts";
import type { ErrorCode } from "./core/errors.ts";
import type { Extension } from "./core/extension-point.ts";
import type { Job } from "./core/job.ts";
import type { EventDefinition, Signal } from "./events/event.ts";
import type { Follower } from "./events/followers.ts";
import type { FeatureFacts, Kit } from "./kit.ts";

/** Where a REST call comes from, as far as verbs may care. */
export interface Origin {
  /** What budgets are counted for: the caller's address, behind trusted proxies the original one, of IPv6 the /64. */
  address: string;
  /** The network of this address, IPv4 /24 or IPv6 /48: what somebody may have who changes addresses. */
  network: string;
  userAgent: string | undefined;
  /** The Accept header, or empty. */
  accept: string;
}

/** The page that a call comes from, as far as its browser says, and what it keeps in cookies. */
export interface Page {
  /** A page of this server: of others nothing kept may be used (cross-site request forgery). */
  isOwn: boolean;
  refreshToken: string | undefined;
  fileToken: string | undefined;
}

/** What a page of this server is to keep, out of reach of its scripts. */
export interface PageTokens {
  refreshToken: string;
  /** Stands for the session where files are fetched, and nowhere else. */
  fileToken: string;
  /** For how long. */
  seconds: number;
}

/** One part of an uploaded form (RFC 7578), in the order in which it was sent. */
export type FormPart =
  | { field: string; value: string }
  /** `bytes` is read before the next part is asked for. `name` as it was sent: anything at all. */
  | { field: string; name: string; type: string; bytes: AsyncIterable<Uint8Array> };

/** What an upload brings, while it arrives. Errors, while reading: `malformed_form`, also when it is cut off. */
export type Form = AsyncIterable<FormPart>;

export type Auth = "required" | "optional" | "none";

type ActorOf<A extends Auth> = A extends "required"
  ? Actor
  : A extends "optional"
    ? Actor | undefined
    : undefined;
type Parsed<S> = S extends z.ZodType ? z.output<S> : undefined;

export interface Call<A extends Auth, P, Q, B> {
  actor: ActorOf<A>;
  params: Parsed<P>;
  query: Parsed<Q>;
  body: Parsed<B>;
  /** Of an endpoint with a `form`; read once, as far as it is wanted. */
  form: Form;
  /** Of an endpoint with `ifMatch`: the version that the caller means to change; 0 of all others. */
  ifMatch: number;
  origin: Origin;
  /** The answer's body will not be sent (HEAD). */
  wantsHead: boolean;
  /** Aborted when the caller hangs up before the answer. */
  readonly gone: AbortSignal;
  page: Page;
}

/** What the page that called keeps from now on; null for nothing more, undefined for what it has. */
type Keep = PageTokens | null | undefined;

type Answers = Record<number, z.ZodType | null>;
type AnswerOf<R extends Answers> = {
  [S in keyof R & number]: {
    status: S;
    body: R[S] extends z.ZodType ? z.input<R[S]> : void | null;
    keep?: Keep;
  };
}[keyof R & number];

/** A file to be sent, and how it is to be shown. */
export interface SentFile {
  /** Read only while it is sent. */
  blob: Blob;
  /** Bytes. */
  size: number;
  /** A strong validator: other bytes have another one. */
  etag: string;
  type: string;
  /** The name to save it under. */
  name: string;
  /** May be shown in place; anything else is only saved. */
  inline: boolean;
  /** Under its address there is never another: whoever has it need not ask again. */
  immutable?: boolean;
}

/** An answer that is a file. The door answers conditional and range requests for it (RFC 9110, 13 and 14). */
export class Download {
  constructor(readonly file: SentFile) {}
}

/** An answer of one of the statuses that the endpoint names. */
export function answer<S extends number, B>(
  status: S,
  body: B,
  keep?: Keep,
): S extends S ? { status: S; body: B; keep?: Keep } : never {
  return { status, body, keep } as unknown as S extends S ? { status: S; body: B; keep?: Keep } : never;
}

type Result<R extends Answers> = AnswerOf<R> | Download | Response;

/**
 * One REST call. The server validates `params`, `query` and `body` (JSON, required unless its schema is optional), and the
 * OpenAPI document is generated from the same schemas, so neither can say what the other does not.
 */
export interface Endpoint<
  A extends Auth = Auth,
  P extends z.ZodObject | undefined = z.ZodObject | undefined,
  Q extends z.ZodObject | undefined = z.ZodObject | undefined,
  B extends z.ZodType | undefined = z.ZodType | undefined,
  R extends Answers = Answers,
> {
  method: "get" | "post" | "put" | "delete";
  /** As in OpenAPI: `/api/chats/{chat_id}`. */
  path: string;
  /** Unique; the name of the call in generated clients. */
  name: string;
  summary: string;
  auth: A;
  params?: P;
  query?: Q;
  body?: B;
  /** Instead of a body: the fields of a `multipart/form-data`, for the document. The verb reads them as they come. */
  form?: z.ZodObject;
  /** What a download may be, for the document: a media type or range of them. */
  file?: string;
  /** Status -> schema of the body, null for none. */
  answers: R;
  /** What this call refuses beyond what every call may answer. */
  errors?: ErrorCode[];
  /** The field of its answers that is their version, a whole number; as `ETag`, too (RFC 9110, 8.8.3). */
  etag?: string;
  /** It changes the version that `If-Match` names (RFC 9110, 13.1.1), which is required: so no change undoes another unseen. */
  ifMatch?: boolean;
  /** Answers carry tokens or keys: nobody may cache them. */
  secret?: boolean;
  /** Its verb counts it, for whom only that knows. */
  countsItself?: boolean;
  /**
   * What pages show by the hundred, in `<img>` and `<video>`: counted against a budget of its own, and the file token
   * that a page keeps will do in place of an access token.
   */
  embedded?: boolean;
  /** For people, not programs: left out of the OpenAPI document. */
  page?: boolean;
  /** A Response is for what is neither JSON nor a file. */
  run(kit: Kit, call: Call<A, P, Q, B>): Promise<Result<R>> | Result<R>;
}

export function endpoint<
  A extends Auth,
  const R extends Answers,
  P extends z.ZodObject | undefined = undefined,
  Q extends z.ZodObject | undefined = undefined,
  B extends z.ZodType | undefined = undefined,
>(definition: Endpoint<A, P, Q, B, R>): Endpoint {
  return definition as unknown as Endpoint;
}

/** The socket that a command came on, as far as a command may change it. */
export interface CommandSocket {
  /** From here on it looks at this chat, if its user is still in it; with `false` no longer. */
  look(chatId: number, looks: boolean): void;
}

/**
 * One frame that a client may send. `schema` are its fields besides `type` and `request_id`; `ack` are the
 * fields of the acknowledgement besides those two.
 */
export interface Command<S extends z.ZodObject = z.ZodObject, R extends z.ZodObject = z.ZodObject> {
  type: string;
  summary: string;
  schema: S;
  ack: R;
  errors: ErrorCode[];
  /**
   * Several may be under way on one socket; without it a frame waits for those before it. `merged`: any number,
   * because those that are under way together are one piece of work.
   */
  pipelined?: boolean | "merged";
  run(kit: Kit, actor: Actor, input: z.output<S>, socket: CommandSocket): Promise<z.input<R>>;
}

export function command<S extends z.ZodObject, R extends z.ZodObject>(definition: Command<S, R>): Command {
  return definition as unknown as Command;
}

/** What operations work with where no server runs, which is less than a server has. */
export type OperatorKit = Pick<Kit, "db" | "journal" | "clock" | "log" | "presence"> & {
  readonly settings: Pick<
    Kit["settings"],
    "passwordMemoryKib" | "passwordIterations" | "passwordConcurrency" | "passwordQueue"
  > &
    Partial<Pick<Kit["settings"], "rateLimits" | "passwordsPerAddress" | "passwordsPerNetwork">>;
};
/** The same for those that only look: nothing can be written with it. */
export type ReportKit = Pick<Kit, "presence"> & { readonly db: Pick<Kit["db"], "read"> };

/** What the operator does from the command line, with or without a running server. */
export interface Operation<K = Kit, S extends z.ZodObject = z.ZodObject> {
  name: string;
  schema: S;
  /** Where there are no data yet, it begins them. */
  founds?: boolean;
  run(kit: K, input: z.output<S>): Promise<unknown>;
}

export function operation<K, S extends z.ZodObject>(definition: Operation<K, S>): Operation<K> {
  return definition as unknown as Operation<K>;
}

/** Everything that a feature adds to the server: a plain value. What needs the server's parts is a function of the kit. */
export interface Feature extends FeatureFacts {
  routes?: readonly Endpoint[];
  commands?: readonly Command[];
  /** What it records in the journal. */
  events?: readonly EventDefinition[];
  /** What it tells without the journal. */
  signals?: readonly Signal[];
  /** What it adds to features above it. */
  extensions?: readonly Extension[];
  /** What the operator may do. */
  changes?: readonly Operation<OperatorKit>[];
  /** The same, where it only looks. */
  reports?: readonly Operation<ReportKit>[];
  /** Subscribes to what is told (`kit.dispatch.on`), before anything happens. */
  listen?(kit: Kit): void;
  /** What follows the journal. */
  followers?(kit: Kit): readonly Follower[];
  /** What runs in the background, in the order in which it begins. It ends in the reverse order. */
  jobs?(kit: Kit): readonly Job[];
  /** What may take a while and makes the first calls quicker, once the server serves. Never fails. */
  warmUp?(kit: Kit): Promise<void>;
}
