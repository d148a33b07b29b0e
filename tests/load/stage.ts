import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { FleetReading } from './clients/fleet.ts';
import type { LoadCommands } from './clients/load-process.ts';
import type { Cores } from './process/cores.ts';
import { coreBusy, cpuSeconds } from './process/process-usage.ts';
import { RemoteProcess } from './process/remote.ts';
import type { PublishCommands } from './publishers/publish-process.ts';
import type { Target } from './targets/target.ts';

/** Events at an even rate, and what came of them. */
export interface Drive {
  rate: number;
  seconds: number;
  /** How long the last events may take. */
  settleMs?: number;
  /** 0: facts to everyone; else progress of so many downloads in turn. */
  downloads?: number;
}

/** What one drive showed. */
export interface DriveResult extends FleetReading {
  sent: number;
  /** Events a second that were really published. */
  publishedRate: number;
  /** Over the time from the first event to the last delivery. */
  deliveriesPerSecond: number;
  /** Everyone has everything, once and in order. */
  complete: boolean;
  serverCpuPerDeliveryUs: number;
  /** Shares of a core. */
  serverCpu: number;
  redisCpu: number;
  publisherCpu: number;
  loadCoreBusy: number;
}

const SETTLE_MS = 3000;

/** One server under test with the clients and the publisher that belong to it. */
export class Stage {
  readonly target: Target;
  readonly fleet: RemoteProcess<LoadCommands>;
  readonly publisher: RemoteProcess<PublishCommands>;
  readonly #cores: Cores;

  private constructor(target: Target, cores: Cores) {
    this.target = target;
    this.#cores = cores;
    this.fleet = new RemoteProcess(resolve(import.meta.dirname, 'clients/load-process.ts'), cores.load);
    this.publisher = new RemoteProcess(resolve(import.meta.dirname, 'publishers/publish-process.ts'), cores.publisher);
  }

  static async set(target: Target, cores: Cores): Promise<Stage> {
    const stage = new Stage(target, cores);
    try {
      await stage.publisher.call('open', target.source);
      return stage;
    } catch (error) {
      await stage.clear();
      throw error;
    }
  }

  /**
   * Opens what is missing of so many clients.
   * @throws if they do not all become live.
   */
  async open(count: number, sampled = 20): Promise<{ seconds: number }> {
    const { live, seconds, refusal } = await this.fleet.call('open', {
      address: this.target.stream,
      count,
      sampled,
      concurrency: 100,
      timeoutMs: 60_000,
    });
    const { open } = await this.fleet.call('read', null);
    if (open < count)
      throw new Error(`${this.target.name}: ${open} of ${count} clients are live (${live} new): ${refusal}`);
    return { seconds };
  }

  async drive({ rate, seconds, settleMs = SETTLE_MS, downloads = 0 }: Drive): Promise<DriveResult> {
    const { pid, redisPid } = this.target;
    await this.fleet.call('mark', null);
    const busy = coreBusy(this.#cores.load);
    const startedAt = performance.now();
    const cpuBefore = cpuSeconds(pid);
    const redisBefore = redisPid === null ? 0 : cpuSeconds(redisPid);
    const published = await this.publisher.call('publish', { rate, seconds, downloads });
    const loadCoreBusy = busy.since();
    const publishedFor = (performance.now() - startedAt) / 1000;
    const serverCpu = (cpuSeconds(pid) - cpuBefore) / publishedFor;
    const redisCpu = redisPid === null ? 0 : (cpuSeconds(redisPid) - redisBefore) / publishedFor;
    const { settled } = await this.fleet.call('settle', {
      lastN: downloads === 0 ? published.lastN : null,
      events: published.sent,
      timeoutMs: settleMs,
    });
    const took = (performance.now() - startedAt) / 1000;
    const cpu = cpuSeconds(pid) - cpuBefore;
    const reading = await this.fleet.call('read', null);
    const { deliveries, missing, repeated, disordered, behind } = reading;
    const flawless = missing + repeated + disordered + (downloads === 0 ? behind : 0) === 0;
    return {
      ...reading,
      sent: published.sent,
      publishedRate: published.rate,
      deliveriesPerSecond: deliveries / took,
      complete: settled && flawless && published.failed === 0,
      serverCpuPerDeliveryUs: deliveries === 0 ? 0 : (cpu / deliveries) * 1e6,
      serverCpu,
      redisCpu,
      publisherCpu: published.cpuShare,
      loadCoreBusy,
    };
  }

  async closeClients(): Promise<void> {
    await this.fleet.call('close', null);
    await delay(300);
  }

  async clear(): Promise<void> {
    await this.fleet.stop();
    await this.publisher.stop();
    await this.target.stop();
  }
}
