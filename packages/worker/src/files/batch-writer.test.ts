import { afterEach, describe, expect, it, vi } from 'vitest';
import { testBytes } from '../../../../tests/support/test-origin.ts';
import { BatchWriter } from './batch-writer.ts';

const MIB = 1024 * 1024;

describe('BatchWriter', () => {
  let writer: BatchWriter | undefined;
  afterEach(() => writer?.close());

  /** A disk that writes when it is told to. */
  function slowDisk() {
    const written: Buffer[] = [];
    const waiting: (() => void)[] = [];
    const onFailure = vi.fn();
    const made = new BatchWriter(async (bytes) => {
      await new Promise<void>((done) => waiting.push(done));
      written.push(Buffer.from(bytes));
    }, onFailure);
    writer = made;
    return { writer: made, written, waiting, onFailure };
  }

  it('writes what it was given, in order, in few pieces', async () => {
    const written: Buffer[] = [];
    writer = new BatchWriter(
      async (bytes) => void written.push(Buffer.from(bytes)),
      () => {},
    );
    const bytes = testBytes(3 * MIB + 5);
    for (let at = 0; at < 2 * MIB; at += 60_000) await writer.add(bytes.subarray(at, Math.min(at + 60_000, 2 * MIB)));
    // Larger than a batch.
    await writer.add(bytes.subarray(2 * MIB));
    await writer.flush();
    expect(Buffer.concat(written).equals(bytes)).toBe(true);
    expect(written.length).toBeLessThan(15);
  });

  it('takes two batches and no more while the disk is busy', async () => {
    const { writer, written, waiting } = slowDisk();
    const chunk = testBytes(64 * 1024);
    let taken = 0;
    while (writer.tryAdd(chunk)) taken += chunk.length;
    // The first of the two goes when it is full, or on a slow machine when it is old.
    expect(taken).toBeGreaterThan(MIB / 2);
    expect(taken).toBeLessThanOrEqual(MIB);
    const later = vi.fn();
    const adding = writer.add(chunk).then(later);
    await new Promise((done) => setImmediate(done));
    expect(later).not.toHaveBeenCalled();
    waiting.shift()?.();
    await adding;
    const flushed = writer.flush();
    await vi.waitFor(() => {
      waiting.shift()?.();
      expect(Buffer.concat(written).length).toBe(taken + chunk.length);
    });
    await flushed;
  });

  it('does not leave little lying', async () => {
    const { writer, waiting } = slowDisk();
    expect(writer.tryAdd(testBytes(10))).toBe(true);
    await vi.waitFor(() => expect(waiting).toHaveLength(1));
    waiting[0]?.();
  });

  it('tells once of a write that failed, and writes nothing after it', async () => {
    const write = vi.fn().mockRejectedValue(new Error('full'));
    const onFailure = vi.fn();
    writer = new BatchWriter(write, onFailure);
    const bytes = testBytes(MIB);
    await expect(writer.add(bytes).then(() => writer?.add(bytes))).rejects.toThrow('full');
    await expect(writer.flush()).rejects.toThrow('full');
    expect(write).toHaveBeenCalledTimes(1);
    expect(onFailure).toHaveBeenCalledTimes(1);
  });

  it('closing waits for what is under way, and lets go of the rest', async () => {
    const { writer, written, waiting } = slowDisk();
    while (writer.tryAdd(testBytes(64 * 1024))) {}
    const closed = vi.fn();
    const closing = writer.close().then(closed);
    await new Promise((done) => setImmediate(done));
    expect(closed).not.toHaveBeenCalled();
    waiting.shift()?.();
    await closing;
    expect(Buffer.concat(written).length).toBeLessThanOrEqual(MIB / 2);
  });
});
