import { startHermes } from './targets/hermes-target.ts';
import { Stage } from './stage.ts';
import { assignCores } from './process/cores.ts';
const cores = assignCores();
for (let i = 0; i < 4; i++) {
  const stage = await Stage.set(await startHermes(cores), cores);
  const { fleet, publisher, target } = stage;
  await fleet.call('open', { address: target.stream, count: 1000, sampled: 1000, concurrency: 100, reconnects: true, timeoutMs: 30000 });
  await publisher.call('publish', { rate: 500, seconds: 0.1, downloads: 0 });
  await fleet.call('mark', null);
  let lastN = 0;
  await target.restart(async () => { ({ lastN } = await publisher.call('publish', { rate: 500, seconds: 0.1, downloads: 0 })); });
  const s = await fleet.call('settle', { lastN, events: 0, timeoutMs: 5000 });
  console.log(s, await fleet.call('read', null));
  await stage.clear();
}
