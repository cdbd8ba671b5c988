CREATE TABLE `directory_entries` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`user_id` integer NOT NULL,
	`seq` integer NOT NULL,
	`entry` text NOT NULL,
	`hash` text NOT NULL,
	`sig` text NOT NULL,
	`sig_kid` text NOT NULL,
	`enc` text NOT NULL,
	`enc_kid` text NOT NULL,
	`enc_pem` text NOT NULL,
	`custody` text NOT NULL,
	`reason` text NOT NULL,
	`at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `directory_entries_chain` ON `directory_entries` (`user_id`,`seq`);--> statement-breakpoint
CREATE TABLE `keychains` (
	`user_id` integer PRIMARY KEY NOT NULL,
	`ver` integer NOT NULL,
	`unlock` text NOT NULL,
	`keychain` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `published_keys` (
	`kid` text PRIMARY KEY NOT NULL,
	`user_id` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `server_ids` (
	`id` integer PRIMARY KEY NOT NULL,
	`value` text NOT NULL
);
--> statement-breakpoint
ALTER TABLE `sessions` ADD `password_at` integer;