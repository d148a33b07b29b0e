import { describe, expect, it } from 'vitest';
import { countFilters, historyFilters, historyPage, readHistorySearch } from './history-search.ts';

describe('readHistorySearch', () => {
  it('keeps what can be meant and leaves out the rest', () => {
    const raw = { from: '2026-11-01', to: '2026-13-45', status: 'queued', engine: 'yt-dlp', host: 7, q: '', x: 1 };
    expect(readHistorySearch(raw)).toEqual({ from: '2026-11-01', engine: 'yt-dlp', host: '7' });
    expect(readHistorySearch({ status: 'failed', cursor: 'abc' })).toEqual({ status: 'failed', cursor: 'abc' });
  });
});

describe('historyFilters', () => {
  it('takes whole days of whoever looks, the last one too', () => {
    const { from, to } = historyFilters({ from: '2026-11-01', to: '2026-11-01' });
    expect(new Date(from ?? '')).toEqual(new Date(2026, 10, 1));
    expect(new Date(to ?? '')).toEqual(new Date(2026, 10, 2));
  });

  it('does not count the place in the list as a filter', () => {
    expect(historyPage({ cursor: 'c', status: 'failed' })).toEqual({ status: ['failed'], cursor: 'c', limit: 50 });
    expect(countFilters({ cursor: 'c', status: 'failed', q: 'x' })).toBe(2);
    expect(historyFilters({ cursor: 'c' })).toEqual({});
  });
});
