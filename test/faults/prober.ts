/** Asks for URL again and again until its standard input ends; prints how long each answer took, as JSON. */
const [url] = process.argv.slice(2);
const waits: number[] = [];
let asking = true;
void Bun.stdin.text().then(() => {
  asking = false;
});
while (asking) {
  const start = performance.now();
  const answer = await fetch(url!);
  await answer.text();
  if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}`);
  waits.push(performance.now() - start);
  await Bun.sleep(2);
}
console.log(JSON.stringify(waits));
