/** Names of authentication plugins as they stand on the wire. https://dev.mysql.com/doc/refman/9.7/en/authentication-plugins.html */

export const MYSQL_NATIVE_PASSWORD = "mysql_native_password";
export const CACHING_SHA2_PASSWORD = "caching_sha2_password";
export const SHA256_PASSWORD = "sha256_password";
/** MariaDB's, for accounts IDENTIFIED VIA ed25519. https://mariadb.com/docs/server/reference/plugins/authentication-plugins/authentication-plugin-ed25519 */
export const CLIENT_ED25519 = "client_ed25519";
export const MYSQL_CLEAR_PASSWORD = "mysql_clear_password";

export const ED25519_SCRAMBLE_BYTES = 32;
