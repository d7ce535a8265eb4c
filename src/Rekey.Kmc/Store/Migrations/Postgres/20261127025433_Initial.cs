using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;
using Rekey.Store.Audit;

#nullable disable

namespace Rekey.Kmc.Store.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class Initial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.EnsureSchema(
                name: "kmc");

            migrationBuilder.CreateTable(
                name: "audit_checkpoints",
                schema: "kmc",
                columns: table => new
                {
                    size = table.Column<long>(type: "bigint", nullable: false),
                    root = table.Column<byte[]>(type: "bytea", maxLength: 32, nullable: false),
                    note = table.Column<string>(type: "text", nullable: false),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_audit_checkpoints", x => x.size);
                });

            migrationBuilder.CreateTable(
                name: "audit_entries",
                schema: "kmc",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    writer = table.Column<Guid>(type: "uuid", nullable: false),
                    counter = table.Column<long>(type: "bigint", nullable: false),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    kind = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    target = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: false),
                    body = table.Column<byte[]>(type: "bytea", nullable: false),
                    mac = table.Column<byte[]>(type: "bytea", maxLength: 32, nullable: false),
                    leaf_index = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_audit_entries", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "audit_personal",
                schema: "kmc",
                columns: table => new
                {
                    writer = table.Column<Guid>(type: "uuid", nullable: false),
                    counter = table.Column<long>(type: "bigint", nullable: false),
                    field = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    salt = table.Column<byte[]>(type: "bytea", maxLength: 16, nullable: false),
                    value = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_audit_personal", x => new { x.writer, x.counter, x.field });
                });

            migrationBuilder.CreateTable(
                name: "audit_tiles",
                schema: "kmc",
                columns: table => new
                {
                    level = table.Column<int>(type: "integer", nullable: false),
                    index = table.Column<long>(type: "bigint", nullable: false),
                    hashes = table.Column<byte[]>(type: "bytea", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_audit_tiles", x => new { x.level, x.index });
                });

            migrationBuilder.CreateTable(
                name: "audit_writers",
                schema: "kmc",
                columns: table => new
                {
                    writer = table.Column<Guid>(type: "uuid", nullable: false),
                    counter = table.Column<long>(type: "bigint", nullable: false),
                    hash = table.Column<byte[]>(type: "bytea", maxLength: 32, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_audit_writers", x => x.writer);
                });

            migrationBuilder.CreateTable(
                name: "encryption_keys",
                schema: "kmc",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    key_id = table.Column<Guid>(type: "uuid", nullable: false),
                    kind = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false),
                    spki = table.Column<byte[]>(type: "bytea", maxLength: 1024, nullable: false),
                    spki_sha256 = table.Column<byte[]>(type: "bytea", maxLength: 32, nullable: false),
                    state = table.Column<string>(type: "character varying(12)", maxLength: 12, nullable: false),
                    master_version = table.Column<int>(type: "integer", nullable: false),
                    @sealed = table.Column<byte[]>(name: "sealed", type: "bytea", maxLength: 4096, nullable: true),
                    subscriber_id = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: true),
                    generated_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    taken_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    history_since = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    destroyed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_encryption_keys", x => x.id);
                    table.CheckConstraint("ck_encryption_keys_history", "(state = 'History') = (history_since is not null)");
                    table.CheckConstraint("ck_encryption_keys_owner", "(state = 'Spare') = (subscriber_id is null) and (state = 'Spare') = (taken_at is null)");
                    table.CheckConstraint("ck_encryption_keys_sealed", "(state = 'Destroyed') = (sealed is null) and (state = 'Destroyed') = (destroyed_at is not null)");
                });

            migrationBuilder.CreateTable(
                name: "jobs",
                schema: "kmc",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    name = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    key = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: false),
                    due_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    leased_until = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    failures = table.Column<int>(type: "integer", nullable: false),
                    last_error = table.Column<string>(type: "character varying(1000)", maxLength: 1000, nullable: true),
                    last_done_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_jobs", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "masters",
                schema: "kmc",
                columns: table => new
                {
                    version = table.Column<int>(type: "integer", nullable: false),
                    check_value = table.Column<byte[]>(type: "bytea", maxLength: 32, nullable: false),
                    since = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    retired_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_masters", x => x.version);
                });

            migrationBuilder.CreateTable(
                name: "orders",
                schema: "kmc",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    order_id = table.Column<byte[]>(type: "bytea", maxLength: 16, nullable: false),
                    cert_req_id = table.Column<int>(type: "integer", nullable: false),
                    requester_sha256 = table.Column<byte[]>(type: "bytea", maxLength: 32, nullable: false),
                    old_signing_spki_sha256 = table.Column<byte[]>(type: "bytea", maxLength: 32, nullable: true),
                    signing_spki_sha256 = table.Column<byte[]>(type: "bytea", maxLength: 32, nullable: false),
                    subscriber_id = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    key_id = table.Column<long>(type: "bigint", nullable: false),
                    state = table.Column<string>(type: "character varying(12)", maxLength: 12, nullable: false),
                    hand_outs = table.Column<int>(type: "integer", nullable: false),
                    decided_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    ordered_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    ended_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_orders", x => x.id);
                    table.CheckConstraint("ck_orders_end", "(state = 'Open') = (ended_at is null)");
                    table.CheckConstraint("ck_orders_hand_outs", "hand_outs between 1 and 10");
                    table.ForeignKey(
                        name: "fk_orders_keys_key_id",
                        column: x => x.key_id,
                        principalSchema: "kmc",
                        principalTable: "encryption_keys",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "recoveries",
                schema: "kmc",
                columns: table => new
                {
                    order_id = table.Column<byte[]>(type: "bytea", maxLength: 16, nullable: false),
                    order_sha256 = table.Column<byte[]>(type: "bytea", maxLength: 32, nullable: false),
                    kind = table.Column<string>(type: "character varying(12)", maxLength: 12, nullable: false),
                    key_id = table.Column<long>(type: "bigint", nullable: false),
                    form = table.Column<string>(type: "character varying(24)", maxLength: 24, nullable: false),
                    envelope = table.Column<byte[]>(type: "bytea", maxLength: 8192, nullable: false),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    told_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_recoveries", x => x.order_id);
                    table.ForeignKey(
                        name: "fk_recoveries_keys_key_id",
                        column: x => x.key_id,
                        principalSchema: "kmc",
                        principalTable: "encryption_keys",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "hand_outs",
                schema: "kmc",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    order_id = table.Column<long>(type: "bigint", nullable: false),
                    number = table.Column<int>(type: "integer", nullable: false),
                    transport_spki_sha256 = table.Column<byte[]>(type: "bytea", maxLength: 32, nullable: false),
                    form = table.Column<string>(type: "character varying(24)", maxLength: 24, nullable: false),
                    envelope = table.Column<byte[]>(type: "bytea", maxLength: 8192, nullable: false),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_hand_outs", x => x.id);
                    table.ForeignKey(
                        name: "fk_hand_outs_orders_order_id",
                        column: x => x.order_id,
                        principalSchema: "kmc",
                        principalTable: "orders",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateIndex(
                name: "ix_audit_entries_at",
                schema: "kmc",
                table: "audit_entries",
                column: "at");

            migrationBuilder.CreateIndex(
                name: "ix_audit_entries_leaf_index",
                schema: "kmc",
                table: "audit_entries",
                column: "leaf_index",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_audit_entries_target",
                schema: "kmc",
                table: "audit_entries",
                column: "target");

            migrationBuilder.CreateIndex(
                name: "ix_audit_entries_unsequenced",
                schema: "kmc",
                table: "audit_entries",
                column: "id",
                filter: "leaf_index is null");

            migrationBuilder.CreateIndex(
                name: "ix_audit_entries_writer_counter",
                schema: "kmc",
                table: "audit_entries",
                columns: new[] { "writer", "counter" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_encryption_keys_key_id",
                schema: "kmc",
                table: "encryption_keys",
                column: "key_id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_encryption_keys_master_version",
                schema: "kmc",
                table: "encryption_keys",
                column: "master_version");

            migrationBuilder.CreateIndex(
                name: "ix_encryption_keys_spare",
                schema: "kmc",
                table: "encryption_keys",
                columns: new[] { "kind", "id" },
                filter: "state = 'Spare'");

            migrationBuilder.CreateIndex(
                name: "ix_encryption_keys_spki_sha256",
                schema: "kmc",
                table: "encryption_keys",
                column: "spki_sha256",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_encryption_keys_subscriber_id",
                schema: "kmc",
                table: "encryption_keys",
                column: "subscriber_id");

            migrationBuilder.CreateIndex(
                name: "ix_hand_outs_order_id_number",
                schema: "kmc",
                table: "hand_outs",
                columns: new[] { "order_id", "number" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_hand_outs_order_id_transport_spki_sha256",
                schema: "kmc",
                table: "hand_outs",
                columns: new[] { "order_id", "transport_spki_sha256" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_jobs_due_at",
                schema: "kmc",
                table: "jobs",
                column: "due_at");

            migrationBuilder.CreateIndex(
                name: "ix_jobs_name_key",
                schema: "kmc",
                table: "jobs",
                columns: new[] { "name", "key" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_orders_key_id",
                schema: "kmc",
                table: "orders",
                column: "key_id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_orders_open",
                schema: "kmc",
                table: "orders",
                column: "id",
                filter: "state = 'Open'");

            migrationBuilder.CreateIndex(
                name: "ix_orders_order_id_cert_req_id",
                schema: "kmc",
                table: "orders",
                columns: new[] { "order_id", "cert_req_id" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_orders_signing_spki_sha256",
                schema: "kmc",
                table: "orders",
                column: "signing_spki_sha256");

            migrationBuilder.CreateIndex(
                name: "ix_orders_subscriber_id",
                schema: "kmc",
                table: "orders",
                column: "subscriber_id");

            migrationBuilder.CreateIndex(
                name: "ix_recoveries_key_id",
                schema: "kmc",
                table: "recoveries",
                column: "key_id");

            migrationBuilder.CreateIndex(
                name: "ix_recoveries_untold",
                schema: "kmc",
                table: "recoveries",
                column: "at",
                filter: "told_at is null");

            migrationBuilder.AddAuditGuards("kmc");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "audit_checkpoints",
                schema: "kmc");

            migrationBuilder.DropTable(
                name: "audit_entries",
                schema: "kmc");

            migrationBuilder.DropTable(
                name: "audit_personal",
                schema: "kmc");

            migrationBuilder.DropTable(
                name: "audit_tiles",
                schema: "kmc");

            migrationBuilder.DropTable(
                name: "audit_writers",
                schema: "kmc");

            migrationBuilder.DropTable(
                name: "hand_outs",
                schema: "kmc");

            migrationBuilder.DropTable(
                name: "jobs",
                schema: "kmc");

            migrationBuilder.DropTable(
                name: "masters",
                schema: "kmc");

            migrationBuilder.DropTable(
                name: "recoveries",
                schema: "kmc");

            migrationBuilder.DropTable(
                name: "orders",
                schema: "kmc");

            migrationBuilder.DropTable(
                name: "encryption_keys",
                schema: "kmc");
        }
    }
}
