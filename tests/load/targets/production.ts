import { Deployment, type DeploymentOptions } from '../../deploy/deployment.ts';
import { findCaddy } from '../../support/programs.ts';

/**
 * The production deploy as processes: Caddy, API, worker and gateways, with no limit that a load would meet.
 * @returns false if there is no Caddy here.
 */
export async function withDeployment(
  options: DeploymentOptions,
  body: (deployment: Deployment) => Promise<void>,
): Promise<boolean> {
  const caddy = findCaddy();
  if (caddy === null) return false;
  const deployment = await Deployment.start(caddy, {
    ...options,
    environment: {
      HERMES_SSE_MAX_CONNECTIONS: '5000',
      HERMES_SSE_MAX_CONNECTIONS_PER_KEY: '5000',
      HERMES_SSE_MAX_CONNECTIONS_PER_ADDRESS: '5000',
      HERMES_RATE_LIMIT_PER_MINUTE: '1000000',
      ...options.environment,
    },
  });
  try {
    await body(deployment);
  } finally {
    await deployment.close();
  }
  return true;
}
