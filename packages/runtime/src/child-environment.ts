/** What says where programs and certificates are. */
const HANDED_ON = ['PATH', 'LD_LIBRARY_PATH', 'SSL_CERT_FILE', 'SSL_CERT_DIR'];

/**
 * The environment for a program that we start: what it needs to run at all, and nothing of ours. Secrets stay here, and
 * a proxy that is set for us is not one for it.
 */
export function childEnvironment(own: Readonly<Record<string, string>>): Record<string, string> {
  const handedOn = HANDED_ON.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(handedOn), LANG: 'C.UTF-8', ...own };
}
