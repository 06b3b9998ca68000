const LOCAL_NAME = /^(localhost|[a-z0-9-]+\.localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/;

/** Whether a host name, without a port, means this machine only. */
export function isLocalHost(host: string): boolean {
  return LOCAL_NAME.test(host.toLowerCase());
}

/** Whether listening on this host means all addresses of this machine. */
export function isWildcardAddress(host: string): boolean {
  return host === "0.0.0.0" || host === "::" || host === "[::]";
}
