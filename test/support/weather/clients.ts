/** A process with some clients, which does what it is told over IPC. */
import { Chance } from "../random.ts";
import { Client } from "./client.ts";
import type { Order, ProcessConfig, Report } from "./config.ts";

const config = JSON.parse(process.argv[2]!) as ProcessConfig;
const chance = new Chance(config.seed);
const clients = config.clients.map((one) => ({ name: one.name, client: new Client(config, one, chance) }));
type Named = (typeof clients)[number];

const say = (report: Report) => process.send!(report);
const started = clients.map(({ client }) => client.start());
/** One order after the other. */
let done = Promise.all(started).then(() => {});

process.on("message", (order: Order) => {
  // Nobody waits for acting: resting ends it.
  if (order === "act") clients.forEach((one, i) => void started[i]!.then(() => act(one)));
  else done = done.then(() => carryOut(order));
});
// Whoever started it has gone.
process.on("disconnect", () => process.exit(1));

async function act({ name, client }: Named): Promise<void> {
  const asked = () => say({ client: name, asked: client.notes.asked });
  asked();
  await client.act(asked);
}

async function carryOut(order: Exclude<Order, "act">): Promise<void> {
  await Promise.all(clients.map((one) => carryOutOne(one, order)));
  say({ done: order });
  if (order === "close") process.exit(0);
}

async function carryOutOne({ name, client }: Named, order: Exclude<Order, "act">): Promise<void> {
  const late = () => say({ problem: `${name} could not ${order}: ${client.state}` });
  const timer = setTimeout(late, config.patience);
  await client[order]();
  clearTimeout(timer);
}
