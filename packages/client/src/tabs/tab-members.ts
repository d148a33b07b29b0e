import { type Demand, unionOf } from '../demand.ts';

/** The tabs that a leader serves. */
export class TabMembers {
  readonly #members = new Map<string, { demand: Demand; seenAt: number }>();

  get size(): number {
    return this.#members.size;
  }

  set(id: string, demand: Demand, now: number): void {
    this.#members.set(id, { demand, seenAt: now });
  }

  delete(id: string): void {
    this.#members.delete(id);
  }

  /** Forgets those who have not been heard for so long; answers whether there are any. */
  prune(now: number, absenceMs: number): boolean {
    const before = this.#members.size;
    for (const [id, { seenAt }] of this.#members) if (now - seenAt > absenceMs) this.#members.delete(id);
    return this.#members.size < before;
  }

  /** What all of them want, and the leader itself. */
  demandWith(own: Demand): Demand {
    return unionOf([own, ...[...this.#members.values()].map(({ demand }) => demand)]);
  }
}
