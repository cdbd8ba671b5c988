/** A process that holds the sockets of a chat's members, has some of them send, and counts what comes to whom. */
import { Member } from "./member.ts";
import { NumberedFrames } from "./numbered.ts";
import { cpuSeconds } from "./process.ts";
import { percentile } from "./statistics.ts";

export interface LoadInput {
  port: number;
  /** The server's process, whose CPU time is read. */
  pid: number;
  chatId: number;
  /** One socket for each. */
  tokens: string[];
  senders: number;
  /** How many messages of one sender may be without an acknowledgement: it sends whenever it may. */
  window?: number;
  /** Without `window`: messages of all senders together each second, however long acknowledgements take. */
  perSecond?: number;
  warmUpSeconds: number;
  seconds: number;
}

export interface LoadResult {
  /** Bytes of one `new_message` frame. */
  frameBytes: number;
  messagesPerSecond: number;
  deliveriesPerSecond: number;
  ackP50: number;
  ackP99: number;
  /** From sending to each member's hearing; only with `perSecond`, where looking at the clock each time matters not. */
  deliveryP50: number;
  deliveryP99: number;
  /** Server CPU per delivery, in microseconds. */
  cpuPerDelivery: number;
  /** Cores that the server and this process kept busy. */
  serverCores: number;
  ownCores: number;
  missing: number;
  doubled: number;
}

/** So many messages at most, so that what is counted has a bound. */
const most = 1_500_000;
const settleMilliseconds = 5000;
const paceMilliseconds = 5;

class Load {
  readonly #members: Member[] = [];
  readonly #frames: NumberedFrames;
  readonly #sentAt = new Float64Array(most);
  readonly #latencies: number[] = [];
  readonly #deliveries: number[] = [];
  #sent = 0;
  #acked = 0;
  #sending = false;
  #measuring = false;

  constructor(private readonly input: LoadInput) {
    this.#frames = new NumberedFrames(input.chatId);
  }

  async run(): Promise<LoadResult> {
    await this.#connect();
    await this.#probe();
    const stopSending = this.#startSending();
    await Bun.sleep(this.input.warmUpSeconds * 1000);
    const before = this.#now();
    this.#measuring = true;
    await Bun.sleep(this.input.seconds * 1000);
    const after = this.#now();
    this.#measuring = false;
    stopSending();
    await this.#settled();
    for (const member of this.#members) member.close();
    return this.#result(before, after);
  }

  async #connect(): Promise<void> {
    for (const [index, token] of this.input.tokens.entries()) {
      const member = await Member.connect({
        port: this.input.port,
        token,
        most,
        acknowledged: (number) => {
          if (this.#measuring) this.#latencies.push(performance.now() - this.#sentAt[number]!);
        },
        ...(this.input.perSecond !== undefined && {
          delivered: (number) => {
            if (this.#measuring) this.#deliveries.push(performance.now() - this.#sentAt[number]!);
          },
        }),
        read: (acknowledged) => {
          this.#acked += acknowledged;
          if (this.#sending && this.input.window !== undefined) this.#send(index, acknowledged);
        },
      });
      this.#members.push(member);
    }
    await until(() => this.#members.every((member) => member.greeted));
  }

  /** One message, so that everything that is done once is done. */
  async #probe(): Promise<void> {
    this.#send(0, 1);
    await until(() => this.#delivered === this.#members.length && this.#acked === 1);
  }

  #startSending(): () => void {
    this.#sending = true;
    const { window, perSecond, senders } = this.input;
    for (let index = 0; index < senders; index++) this.#send(index, window ?? 0);
    const stopPacing = perSecond === undefined ? () => {} : this.#pace(perSecond);
    return () => {
      this.#sending = false;
      stopPacing();
    };
  }

  /** Sends what is due, the senders in turn. */
  #pace(perSecond: number): () => void {
    const started = performance.now();
    const before = this.#sent;
    const timer = setInterval(() => {
      const due = Math.floor(((performance.now() - started) / 1000) * perSecond) - (this.#sent - before);
      for (let n = 0; n < due; n++) this.#send(this.#sent % this.input.senders, 1);
    }, paceMilliseconds);
    return () => clearInterval(timer);
  }

  #send(index: number, wanted: number): void {
    const first = this.#sent;
    const count = Math.min(wanted, most - first);
    if (count <= 0) return;
    this.#sent += count;
    this.#sentAt.fill(performance.now(), first, this.#sent);
    this.#members[index]!.send(this.#frames.encode(first, count));
  }

  /** Waits for what is under way, and not for ever: what has not come then is counted as missing. */
  async #settled(): Promise<void> {
    const end = performance.now() + settleMilliseconds;
    const all = this.#sent * this.#members.length;
    await until(() => performance.now() > end || (this.#acked >= this.#sent && this.#delivered >= all));
  }

  get #delivered(): number {
    return this.#members.reduce((sum, member) => sum + member.delivered, 0);
  }

  #now(): Moment {
    return {
      at: performance.now(),
      acked: this.#acked,
      delivered: this.#delivered,
      cpu: cpuSeconds(this.input.pid),
      ownCpu: cpuSeconds(process.pid),
    };
  }

  #result(before: Moment, after: Moment): LoadResult {
    const seconds = (after.at - before.at) / 1000;
    const deliveries = after.delivered - before.delivered;
    const counts = this.#members.map((member) => member.count(this.#sent));
    return {
      frameBytes: this.#members[0]!.frameBytes,
      messagesPerSecond: (after.acked - before.acked) / seconds,
      deliveriesPerSecond: deliveries / seconds,
      ackP50: percentile(this.#latencies, 50),
      ackP99: percentile(this.#latencies, 99),
      deliveryP50: percentile(this.#deliveries, 50),
      deliveryP99: percentile(this.#deliveries, 99),
      cpuPerDelivery: ((after.cpu - before.cpu) * 1e6) / deliveries,
      serverCores: (after.cpu - before.cpu) / seconds,
      ownCores: (after.ownCpu - before.ownCpu) / seconds,
      missing: counts.reduce((sum, one) => sum + one.missing, 0),
      doubled: counts.reduce((sum, one) => sum + one.doubled, 0),
    };
  }
}

interface Moment {
  at: number;
  acked: number;
  delivered: number;
  cpu: number;
  ownCpu: number;
}

async function until(reached: () => boolean): Promise<void> {
  const end = performance.now() + 2 * settleMilliseconds;
  while (!reached()) {
    if (performance.now() > end) throw new Error("what the load waits for did not come");
    await Bun.sleep(1);
  }
}

process.send!(await new Load(JSON.parse(await Bun.stdin.text()) as LoadInput).run());
process.exit(0);
