"""What every server of the sandbox is started with."""

from collections.abc import Mapping

# What every server is started with. fsync is for the machine's crash, which no drill plays; what
# was acknowledged survives the death of every process without it.
SETTINGS: Mapping[str, str] = {
    "archive_mode": "on",
    # RDS ships its log every five minutes [RDS: point-in-time recovery]; a drill has no such time.
    "archive_timeout": "5s",
    "dynamic_shared_memory_type": "mmap",
    "fsync": "off",
    "hot_standby": "on",
    "jit": "off",
    "log_line_prefix": "%m [%p] ",
    "log_timezone": "UTC",
    "max_connections": "100",
    "max_replication_slots": "20",
    "max_wal_senders": "20",
    "max_wal_size": "128MB",
    "min_wal_size": "4MB",
    "password_encryption": "scram-sha-256",
    "shared_buffers": "16MB",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "unix_socket_permissions": "0700",
    "wal_level": "replica",
    "wal_receiver_status_interval": "1s",
    "wal_retrieve_retry_interval": "100ms",
    "wal_sender_timeout": "10s",
}
# What a parameter group cannot have here, because the sandbox itself decides it.
OURS = frozenset(SETTINGS) - {"jit", "max_connections", "max_wal_size", "timezone"} | {
    "archive_command",
    "archive_library",
    "hba_file",
    "listen_addresses",
    "log_destination",
    "logging_collector",
    "port",
    "primary_conninfo",
    "primary_slot_name",
    "restore_command",
    "shared_preload_libraries",
    "ssl",
    "unix_socket_directories",
}
