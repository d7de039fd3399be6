import type { LoginReport, LoginTried } from '../rehearsal/login.ts';
import type { Rehearsal, RehearsalEvent, VirtualClient } from '../rehearsal/virtual-client.ts';

/** Boots a virtual client, bound to a system by main.ts. */
export type Boot = (
  client: VirtualClient,
  emit: (event: RehearsalEvent) => void,
) => Promise<Rehearsal>;

/** Tries a login in a draft, bound to a system by main.ts. */
export type LoginInDraft = (tried: LoginTried) => Promise<LoginReport>;
