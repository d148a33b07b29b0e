import { isIPv6 } from 'node:net';

/**
 * What one customer of a network has at least: an IPv4 address, or the /64 of an IPv6 one, since whoever has one address of
 * that has them all.
 * @returns the IPv4 address as it is (also of `::ffff:192.0.2.1`), or `2001:db8:0:1::/64`.
 */
export function addressBlock(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(address)) return address;
  const [left = '', right] = address.toLowerCase().replace(/%.*$/, '').split('::');
  const before = groupsOf(left);
  const after = right === undefined ? [] : groupsOf(right);
  const whole = [...before, ...Array<string>(8 - before.length - after.length).fill('0'), ...after];
  return `${whole
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}

/** An IPv4 address at the end stands for two groups. */
function groupsOf(text: string): string[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => (group.includes('.') ? ['0', '0'] : [group]));
}
