-- A server that was cut off had left to tell chats of these: they are looked into once more, and told of then.
UPDATE `files` SET `state` = 'pending', `attempts` = 0 WHERE `told_to` IS NOT NULL;--> statement-breakpoint
DROP INDEX `files_untold`;--> statement-breakpoint
ALTER TABLE `files` DROP COLUMN `told_to`;
