// What an auditor needs, offline and with public keys only. What is not listed here is private.

export { verifyAudit, type AuditVerdict } from './audit/verify-audit.ts';
export { verifyAuditTrail, type AuditFinding, type AuditTrail } from './audit/verify-audit-trail.ts';
export { verifyCheckpoint } from './audit/checkpoint.ts';
export { verifyErasureReceipt } from './audit/erasure-receipt.ts';
export { verifyConsistency, verifyInclusion } from './audit/verify-proof.ts';
