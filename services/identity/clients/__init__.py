"""Who identity hands mails to: a server that speaks SMTP, or a folder on a laptop."""
