/** The two makes of servers, where they differ. */
export type Flavour = "mysql" | "mariadb";
