import type { Item } from "../../values/value.ts";
import type { Condition, Path, UpdateAction } from "../ast.ts";

/** What RETURNING asks for. */
export type Returning = "ALL OLD" | "ALL NEW" | "MODIFIED OLD" | "MODIFIED NEW";

export interface Select {
  readonly kind: "select";
  readonly table: string;
  readonly index?: string;
  /** The paths selected, or all attributes. */
  readonly columns: readonly Path[] | "*";
  readonly where?: Condition;
  readonly orderBy: readonly Order[];
}

export interface Order {
  readonly name: string;
  readonly descending: boolean;
}

export interface Insert {
  readonly kind: "insert";
  readonly table: string;
  readonly item: Item;
}

export interface Update {
  readonly kind: "update";
  readonly table: string;
  readonly actions: readonly UpdateAction[];
  readonly where?: Condition;
  readonly returning?: Returning;
}

export interface Delete {
  readonly kind: "delete";
  readonly table: string;
  readonly where?: Condition;
  readonly returning?: Returning;
}

/** `EXISTS(SELECT ...)`, a check in a transaction. */
export interface Exists {
  readonly kind: "exists";
  readonly select: Select;
}

export type Statement = Select | Insert | Update | Delete | Exists;
