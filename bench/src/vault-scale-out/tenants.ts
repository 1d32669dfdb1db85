/** Tenants of the vault; each one's API key is its name. */
export const tenants = ['acme', 'globex'] as const;
