import type { ServiceName } from '../fault/fault.ts';

/** Where answers come from instead of the services here. @param target path and query as they came */
export type Origin = (service: ServiceName, request: Request, target: string) => Promise<Response>;
