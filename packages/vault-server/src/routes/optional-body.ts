import { type Contract } from '@llm-memory-graph/contracts';
import { bodyBytes, readJson, type ResolvedLimits, type ServiceContext } from '@llm-memory-graph/service';

/** A body that may be left out, and stands for `{}` then. @throws 400, 413, 415 */
export async function readOptionalJson<Out, In>(
  c: ServiceContext,
  limits: ResolvedLimits,
  contract: Contract<Out, In>,
): Promise<Out> {
  const hasBody = (await bodyBytes(c, limits.maxBodyBytes)).length > 0;
  return hasBody ? readJson(c, limits, contract) : contract.decode({});
}
