/** Answers whoever mentions it: PASSWORD='a long enough one' bun bot.js http://127.0.0.1:8000 helper */
import { connect } from "parley-client";
import { sqliteStore } from "parley-client/sqlite";

const [server, username] = process.argv.slice(2);
// A directory of its name keeps its session, up to where it has heard, and what is not sent yet: there the next start goes on.
const store = await sqliteStore(username);
const credentials = (await store.tokens()) ? undefined : { username, password: process.env.PASSWORD };
const session = await connect(server, credentials, { store });
session.listen(({ type, message }) => {
  if (type !== "new_message" || !message.mentions.includes(session.me.value.id)) return;
  session.chat(message.chat_id).send(`Yes, ${message.sender_username}?`, { replyTo: message.id });
});
session.connection.subscribe((now) => console.log(now));
session.ended.subscribe((error) => {
  if (error) console.error(error.message);
  process.exitCode = error ? 1 : 0;
});
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => session.close());
