using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Rekey.Store.Audit;

#nullable disable

namespace Rekey.Kmc.Store.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class Initial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "audit_checkpoints",
                columns: table => new
                {
                    size = table.Column<long>(type: "INTEGER", nullable: false),
                    root = table.Column<byte[]>(type: "BLOB", maxLength: 32, nullable: false),
                    note = table.Column<string>(type: "TEXT", nullable: false),
                    at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_audit_checkpoints", x => x.size);
                });

            migrationBuilder.CreateTable(
                name: "audit_entries",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    writer = table.Column<Guid>(type: "TEXT", nullable: false),
                    counter = table.Column<long>(type: "INTEGER", nullable: false),
                    at = table.Column<long>(type: "INTEGER", nullable: false),
                    kind = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    target = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    body = table.Column<byte[]>(type: "BLOB", nullable: false),
                    mac = table.Column<byte[]>(type: "BLOB", maxLength: 32, nullable: false),
                    leaf_index = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_audit_entries", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "audit_personal",
                columns: table => new
                {
                    writer = table.Column<Guid>(type: "TEXT", nullable: false),
                    counter = table.Column<long>(type: "INTEGER", nullable: false),
                    field = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    salt = table.Column<byte[]>(type: "BLOB", maxLength: 16, nullable: false),
                    value = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_audit_personal", x => new { x.writer, x.counter, x.field });
                });

            migrationBuilder.CreateTable(
                name: "audit_tiles",
                columns: table => new
                {
                    level = table.Column<int>(type: "INTEGER", nullable: false),
                    index = table.Column<long>(type: "INTEGER", nullable: false),
                    hashes = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_audit_tiles", x => new { x.level, x.index });
                });

            migrationBuilder.CreateTable(
                name: "audit_writers",
                columns: table => new
                {
                    writer = table.Column<Guid>(type: "TEXT", nullable: false),
                    counter = table.Column<long>(type: "INTEGER", nullable: false),
                    hash = table.Column<byte[]>(type: "BLOB", maxLength: 32, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_audit_writers", x => x.writer);
                });

            migrationBuilder.CreateTable(
                name: "encryption_keys",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    key_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    kind = table.Column<string>(type: "TEXT", maxLength: 16, nullable: false),
                    spki = table.Column<byte[]>(type: "BLOB", maxLength: 1024, nullable: false),
                    spki_sha256 = table.Column<byte[]>(type: "BLOB", maxLength: 32, nullable: false),
                    state = table.Column<string>(type: "TEXT", maxLength: 12, nullable: false),
                    master_version = table.Column<int>(type: "INTEGER", nullable: false),
                    @sealed = table.Column<byte[]>(name: "sealed", type: "BLOB", maxLength: 4096, nullable: true),
                    subscriber_id = table.Column<string>(type: "TEXT", maxLength: 64, nullable: true),
                    generated_at = table.Column<long>(type: "INTEGER", nullable: false),
                    taken_at = table.Column<long>(type: "INTEGER", nullable: true),
                    history_since = table.Column<long>(type: "INTEGER", nullable: true),
                    destroyed_at = table.Column<long>(type: "INTEGER", nullable: true)
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
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    name = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    key = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    due_at = table.Column<long>(type: "INTEGER", nullable: false),
                    leased_until = table.Column<long>(type: "INTEGER", nullable: true),
                    failures = table.Column<int>(type: "INTEGER", nullable: false),
                    last_error = table.Column<string>(type: "TEXT", maxLength: 1000, nullable: true),
                    last_done_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_jobs", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "masters",
                columns: table => new
                {
                    version = table.Column<int>(type: "INTEGER", nullable: false),
                    check_value = table.Column<byte[]>(type: "BLOB", maxLength: 32, nullable: false),
                    since = table.Column<long>(type: "INTEGER", nullable: false),
                    retired_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_masters", x => x.version);
                });

            migrationBuilder.CreateTable(
                name: "orders",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    order_id = table.Column<byte[]>(type: "BLOB", maxLength: 16, nullable: false),
                    cert_req_id = table.Column<int>(type: "INTEGER", nullable: false),
                    requester_sha256 = table.Column<byte[]>(type: "BLOB", maxLength: 32, nullable: false),
                    old_signing_spki_sha256 = table.Column<byte[]>(type: "BLOB", maxLength: 32, nullable: true),
                    signing_spki_sha256 = table.Column<byte[]>(type: "BLOB", maxLength: 32, nullable: false),
                    subscriber_id = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    key_id = table.Column<long>(type: "INTEGER", nullable: false),
                    state = table.Column<string>(type: "TEXT", maxLength: 12, nullable: false),
                    hand_outs = table.Column<int>(type: "INTEGER", nullable: false),
                    decided_at = table.Column<long>(type: "INTEGER", nullable: false),
                    ordered_at = table.Column<long>(type: "INTEGER", nullable: false),
                    ended_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_orders", x => x.id);
                    table.CheckConstraint("ck_orders_end", "(state = 'Open') = (ended_at is null)");
                    table.CheckConstraint("ck_orders_hand_outs", "hand_outs between 1 and 10");
                    table.ForeignKey(
                        name: "fk_orders_keys_key_id",
                        column: x => x.key_id,
                        principalTable: "encryption_keys",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "recoveries",
                columns: table => new
                {
                    order_id = table.Column<byte[]>(type: "BLOB", maxLength: 16, nullable: false),
                    order_sha256 = table.Column<byte[]>(type: "BLOB", maxLength: 32, nullable: false),
                    kind = table.Column<string>(type: "TEXT", maxLength: 12, nullable: false),
                    key_id = table.Column<long>(type: "INTEGER", nullable: false),
                    form = table.Column<string>(type: "TEXT", maxLength: 24, nullable: false),
                    envelope = table.Column<byte[]>(type: "BLOB", maxLength: 8192, nullable: false),
                    at = table.Column<long>(type: "INTEGER", nullable: false),
                    told_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_recoveries", x => x.order_id);
                    table.ForeignKey(
                        name: "fk_recoveries_keys_key_id",
                        column: x => x.key_id,
                        principalTable: "encryption_keys",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "hand_outs",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    order_id = table.Column<long>(type: "INTEGER", nullable: false),
                    number = table.Column<int>(type: "INTEGER", nullable: false),
                    transport_spki_sha256 = table.Column<byte[]>(type: "BLOB", maxLength: 32, nullable: false),
                    form = table.Column<string>(type: "TEXT", maxLength: 24, nullable: false),
                    envelope = table.Column<byte[]>(type: "BLOB", maxLength: 8192, nullable: false),
                    at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_hand_outs", x => x.id);
                    table.ForeignKey(
                        name: "fk_hand_outs_orders_order_id",
                        column: x => x.order_id,
                        principalTable: "orders",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateIndex(
                name: "ix_audit_entries_at",
                table: "audit_entries",
                column: "at");

            migrationBuilder.CreateIndex(
                name: "ix_audit_entries_leaf_index",
                table: "audit_entries",
                column: "leaf_index",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_audit_entries_target",
                table: "audit_entries",
                column: "target");

            migrationBuilder.CreateIndex(
                name: "ix_audit_entries_unsequenced",
                table: "audit_entries",
                column: "id",
                filter: "leaf_index is null");

            migrationBuilder.CreateIndex(
                name: "ix_audit_entries_writer_counter",
                table: "audit_entries",
                columns: new[] { "writer", "counter" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_encryption_keys_key_id",
                table: "encryption_keys",
                column: "key_id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_encryption_keys_master_version",
                table: "encryption_keys",
                column: "master_version");

            migrationBuilder.CreateIndex(
                name: "ix_encryption_keys_spare",
                table: "encryption_keys",
                columns: new[] { "kind", "id" },
                filter: "state = 'Spare'");

            migrationBuilder.CreateIndex(
                name: "ix_encryption_keys_spki_sha256",
                table: "encryption_keys",
                column: "spki_sha256",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_encryption_keys_subscriber_id",
                table: "encryption_keys",
                column: "subscriber_id");

            migrationBuilder.CreateIndex(
                name: "ix_hand_outs_order_id_number",
                table: "hand_outs",
                columns: new[] { "order_id", "number" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_hand_outs_order_id_transport_spki_sha256",
                table: "hand_outs",
                columns: new[] { "order_id", "transport_spki_sha256" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_jobs_due_at",
                table: "jobs",
                column: "due_at");

            migrationBuilder.CreateIndex(
                name: "ix_jobs_name_key",
                table: "jobs",
                columns: new[] { "name", "key" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_orders_key_id",
                table: "orders",
                column: "key_id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_orders_open",
                table: "orders",
                column: "id",
                filter: "state = 'Open'");

            migrationBuilder.CreateIndex(
                name: "ix_orders_order_id_cert_req_id",
                table: "orders",
                columns: new[] { "order_id", "cert_req_id" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_orders_signing_spki_sha256",
                table: "orders",
                column: "signing_spki_sha256");

            migrationBuilder.CreateIndex(
                name: "ix_orders_subscriber_id",
                table: "orders",
                column: "subscriber_id");

            migrationBuilder.CreateIndex(
                name: "ix_recoveries_key_id",
                table: "recoveries",
                column: "key_id");

            migrationBuilder.CreateIndex(
                name: "ix_recoveries_untold",
                table: "recoveries",
                column: "at",
                filter: "told_at is null");

            migrationBuilder.AddAuditGuards("kmc");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "audit_checkpoints");

            migrationBuilder.DropTable(
                name: "audit_entries");

            migrationBuilder.DropTable(
                name: "audit_personal");

            migrationBuilder.DropTable(
                name: "audit_tiles");

            migrationBuilder.DropTable(
                name: "audit_writers");

            migrationBuilder.DropTable(
                name: "hand_outs");

            migrationBuilder.DropTable(
                name: "jobs");

            migrationBuilder.DropTable(
                name: "masters");

            migrationBuilder.DropTable(
                name: "recoveries");

            migrationBuilder.DropTable(
                name: "orders");

            migrationBuilder.DropTable(
                name: "encryption_keys");
        }
    }
}
