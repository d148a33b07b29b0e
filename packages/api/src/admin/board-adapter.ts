import type {
  AppControllerRoute,
  AppViewRoute,
  BullBoardQueues,
  IServerAdapter,
  UIConfig,
} from '@bull-board/api/typings/app';

/** What bull-board hands over for a server to serve: its own server adapters would serve what changes queues as well. */
export class BoardAdapter implements IServerAdapter {
  queues: BullBoardQueues = new Map();
  uiConfig: UIConfig = {};
  entry: AppViewRoute | null = null;
  /** Only those that read. */
  routes: readonly AppControllerRoute[] = [];

  setQueues(queues: BullBoardQueues): this {
    this.queues = queues;
    return this;
  }

  setUIConfig(config: UIConfig): this {
    this.uiConfig = config;
    return this;
  }

  setEntryRoute(route: AppViewRoute): this {
    this.entry = route;
    return this;
  }

  setApiRoutes(routes: AppControllerRoute[]): this {
    this.routes = routes.filter(({ method }) => [method].flat().every((one) => one === 'get'));
    return this;
  }

  /** Errors are answered as everywhere, and the files are served by `FileCache`. */
  setErrorHandler(): this {
    return this;
  }
  setStaticPath(): this {
    return this;
  }
  setViewsPath(): this {
    return this;
  }
}
