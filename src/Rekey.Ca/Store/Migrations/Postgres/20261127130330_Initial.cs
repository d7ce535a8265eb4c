using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Rekey.Store.Audit;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace Rekey.Ca.Store.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class Initial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.EnsureSchema(
                name: "ca");

            migrationBuilder.CreateTable(
                name: "audit_checkpoints",
                schema: "ca",
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
                schema: "ca",
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
                schema: "ca",
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
                schema: "ca",
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
                schema: "ca",
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
                name: "chains",
                schema: "ca",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_chains", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "issuers",
                schema: "ca",
                columns: table => new
                {
                    id = table.Column<int>(type: "integer", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    name = table.Column<string>(type: "character varying(63)", maxLength: 63, nullable: false),
                    kind = table.Column<string>(type: "character varying(8)", maxLength: 8, nullable: false),
                    subject_der = table.Column<byte[]>(type: "bytea", maxLength: 4096, nullable: false),
                    der = table.Column<byte[]>(type: "bytea", nullable: false),
                    sha256 = table.Column<byte[]>(type: "bytea", maxLength: 32, nullable: false),
                    crl_source = table.Column<string>(type: "character varying(1000)", maxLength: 1000, nullable: true),
                    crl_max_age_hours = table.Column<int>(type: "integer", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_issuers", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "jobs",
                schema: "ca",
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
                name: "certificates",
                schema: "ca",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    issuer_id = table.Column<int>(type: "integer", nullable: false),
                    serial_hex = table.Column<string>(type: "character varying(42)", maxLength: 42, nullable: false),
                    subject_der = table.Column<byte[]>(type: "bytea", maxLength: 4096, nullable: false),
                    subject = table.Column<string>(type: "character varying(4096)", maxLength: 4096, nullable: false),
                    spki_sha256 = table.Column<byte[]>(type: "bytea", maxLength: 32, nullable: false),
                    der = table.Column<byte[]>(type: "bytea", nullable: false),
                    sha256 = table.Column<byte[]>(type: "bytea", maxLength: 32, nullable: false),
                    not_before = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    not_after = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    profile = table.Column<string>(type: "character varying(63)", maxLength: 63, nullable: false),
                    subscriber_id = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    chain_id = table.Column<Guid>(type: "uuid", nullable: false),
                    renewal_id = table.Column<byte[]>(type: "bytea", maxLength: 16, nullable: true),
                    renewed_from_id = table.Column<long>(type: "bigint", nullable: true),
                    pair_of_id = table.Column<long>(type: "bigint", nullable: true),
                    kmc_order_id = table.Column<byte[]>(type: "bytea", maxLength: 16, nullable: true),
                    kmc_told = table.Column<string>(type: "character varying(12)", maxLength: 12, nullable: true),
                    state = table.Column<string>(type: "character varying(12)", maxLength: 12, nullable: false),
                    issued_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    confirm_by = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    confirmed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    held_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    revoked_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    reason = table.Column<string>(type: "character varying(24)", maxLength: 24, nullable: true),
                    invalidity_date = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_certificates", x => x.id);
                    table.CheckConstraint("ck_certificates_times", "(state <> 'Confirmed' or confirmed_at is not null) and (state <> 'Held' or held_at is not null) and (state not in ('Revoked', 'Rejected') or revoked_at is not null)");
                    table.ForeignKey(
                        name: "fk_certificates_certificates_pair_of_id",
                        column: x => x.pair_of_id,
                        principalSchema: "ca",
                        principalTable: "certificates",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_certificates_certificates_renewed_from_id",
                        column: x => x.renewed_from_id,
                        principalSchema: "ca",
                        principalTable: "certificates",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_certificates_chains_chain_id",
                        column: x => x.chain_id,
                        principalSchema: "ca",
                        principalTable: "chains",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_certificates_issuers_issuer_id",
                        column: x => x.issuer_id,
                        principalSchema: "ca",
                        principalTable: "issuers",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "crls",
                schema: "ca",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    issuer_id = table.Column<int>(type: "integer", nullable: false),
                    number = table.Column<long>(type: "bigint", nullable: false),
                    this_update = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    next_update = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    last_event = table.Column<long>(type: "bigint", nullable: false),
                    der = table.Column<byte[]>(type: "bytea", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_crls", x => x.id);
                    table.ForeignKey(
                        name: "fk_crls_issuers_issuer_id",
                        column: x => x.issuer_id,
                        principalSchema: "ca",
                        principalTable: "issuers",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "authorisations",
                schema: "ca",
                columns: table => new
                {
                    document_sha256 = table.Column<byte[]>(type: "bytea", maxLength: 32, nullable: false),
                    by_ceremony = table.Column<bool>(type: "boolean", nullable: false),
                    certificate_id = table.Column<long>(type: "bigint", nullable: true),
                    spent_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_authorisations", x => x.document_sha256);
                    table.ForeignKey(
                        name: "fk_authorisations_certificates_certificate_id",
                        column: x => x.certificate_id,
                        principalSchema: "ca",
                        principalTable: "certificates",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "cmp_transactions",
                schema: "ca",
                columns: table => new
                {
                    transaction_id = table.Column<string>(type: "character varying(128)", maxLength: 128, nullable: false),
                    requester = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: false),
                    request_sha256 = table.Column<byte[]>(type: "bytea", nullable: false),
                    cert_req_id = table.Column<int>(type: "integer", nullable: false),
                    encryption_cert_req_id = table.Column<int>(type: "integer", nullable: true),
                    certificate_id = table.Column<long>(type: "bigint", nullable: false),
                    answer = table.Column<byte[]>(type: "bytea", nullable: false),
                    answer_nonce = table.Column<byte[]>(type: "bytea", nullable: false),
                    answered_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_cmp_transactions", x => x.transaction_id);
                    table.ForeignKey(
                        name: "fk_cmp_transactions_certificates_certificate_id",
                        column: x => x.certificate_id,
                        principalSchema: "ca",
                        principalTable: "certificates",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "events",
                schema: "ca",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    sequence = table.Column<long>(type: "bigint", nullable: true),
                    kind = table.Column<string>(type: "character varying(20)", maxLength: 20, nullable: false),
                    certificate_id = table.Column<long>(type: "bigint", nullable: false),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    recovery_id = table.Column<byte[]>(type: "bytea", maxLength: 16, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_events", x => x.id);
                    table.ForeignKey(
                        name: "fk_events_certificates_certificate_id",
                        column: x => x.certificate_id,
                        principalSchema: "ca",
                        principalTable: "certificates",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateIndex(
                name: "ix_audit_entries_at",
                schema: "ca",
                table: "audit_entries",
                column: "at");

            migrationBuilder.CreateIndex(
                name: "ix_audit_entries_leaf_index",
                schema: "ca",
                table: "audit_entries",
                column: "leaf_index",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_audit_entries_target",
                schema: "ca",
                table: "audit_entries",
                column: "target");

            migrationBuilder.CreateIndex(
                name: "ix_audit_entries_unsequenced",
                schema: "ca",
                table: "audit_entries",
                column: "id",
                filter: "leaf_index is null");

            migrationBuilder.CreateIndex(
                name: "ix_audit_entries_writer_counter",
                schema: "ca",
                table: "audit_entries",
                columns: new[] { "writer", "counter" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_authorisations_certificate_id",
                schema: "ca",
                table: "authorisations",
                column: "certificate_id");

            migrationBuilder.CreateIndex(
                name: "ix_certificates_chain_id",
                schema: "ca",
                table: "certificates",
                column: "chain_id");

            migrationBuilder.CreateIndex(
                name: "ix_certificates_for_crl",
                schema: "ca",
                table: "certificates",
                columns: new[] { "issuer_id", "state" },
                filter: "state in ('Held', 'Revoked', 'Rejected')");

            migrationBuilder.CreateIndex(
                name: "ix_certificates_issuer_id_serial_hex",
                schema: "ca",
                table: "certificates",
                columns: new[] { "issuer_id", "serial_hex" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_certificates_kmc_order_id",
                schema: "ca",
                table: "certificates",
                column: "kmc_order_id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_certificates_not_after",
                schema: "ca",
                table: "certificates",
                column: "not_after");

            migrationBuilder.CreateIndex(
                name: "ix_certificates_pair_of_id",
                schema: "ca",
                table: "certificates",
                column: "pair_of_id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_certificates_renewal_id",
                schema: "ca",
                table: "certificates",
                column: "renewal_id");

            migrationBuilder.CreateIndex(
                name: "ix_certificates_revoked_to_tell_kmc",
                schema: "ca",
                table: "certificates",
                columns: new[] { "state", "id" },
                filter: "kmc_told = 'Confirmed' and state = 'Revoked'");

            migrationBuilder.CreateIndex(
                name: "ix_certificates_sha256",
                schema: "ca",
                table: "certificates",
                column: "sha256",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_certificates_spki_sha256",
                schema: "ca",
                table: "certificates",
                column: "spki_sha256");

            migrationBuilder.CreateIndex(
                name: "ix_certificates_subscriber_id",
                schema: "ca",
                table: "certificates",
                column: "subscriber_id");

            migrationBuilder.CreateIndex(
                name: "ix_certificates_to_tell_kmc",
                schema: "ca",
                table: "certificates",
                column: "id",
                filter: "kmc_order_id is not null and kmc_told is null and state <> 'Unconfirmed'");

            migrationBuilder.CreateIndex(
                name: "ix_certificates_waiting",
                schema: "ca",
                table: "certificates",
                column: "confirm_by",
                filter: "state in ('Unconfirmed', 'Held')");

            migrationBuilder.CreateIndex(
                name: "ux_certificates_one_successor",
                schema: "ca",
                table: "certificates",
                column: "renewed_from_id",
                unique: true,
                filter: "state in ('Unconfirmed', 'Confirmed', 'Held')");

            migrationBuilder.CreateIndex(
                name: "ix_cmp_transactions_certificate_id",
                schema: "ca",
                table: "cmp_transactions",
                column: "certificate_id");

            migrationBuilder.CreateIndex(
                name: "ix_crls_issuer_id_number",
                schema: "ca",
                table: "crls",
                columns: new[] { "issuer_id", "number" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_events_certificate_id",
                schema: "ca",
                table: "events",
                column: "certificate_id");

            migrationBuilder.CreateIndex(
                name: "ix_events_recovery_id",
                schema: "ca",
                table: "events",
                column: "recovery_id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_events_sequence",
                schema: "ca",
                table: "events",
                column: "sequence",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_events_sequence1",
                schema: "ca",
                table: "events",
                column: "sequence",
                filter: "kind not in ('Issued', 'Confirmed', 'KeyRecovered')");

            migrationBuilder.CreateIndex(
                name: "ix_events_unnumbered",
                schema: "ca",
                table: "events",
                column: "id",
                filter: "sequence is null");

            migrationBuilder.CreateIndex(
                name: "ix_issuers_name",
                schema: "ca",
                table: "issuers",
                column: "name",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_issuers_sha256",
                schema: "ca",
                table: "issuers",
                column: "sha256",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_issuers_subject_der",
                schema: "ca",
                table: "issuers",
                column: "subject_der");

            migrationBuilder.CreateIndex(
                name: "ix_jobs_due_at",
                schema: "ca",
                table: "jobs",
                column: "due_at");

            migrationBuilder.CreateIndex(
                name: "ix_jobs_name_key",
                schema: "ca",
                table: "jobs",
                columns: new[] { "name", "key" },
                unique: true);

            migrationBuilder.AddAuditGuards("ca");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "audit_checkpoints",
                schema: "ca");

            migrationBuilder.DropTable(
                name: "audit_entries",
                schema: "ca");

            migrationBuilder.DropTable(
                name: "audit_personal",
                schema: "ca");

            migrationBuilder.DropTable(
                name: "audit_tiles",
                schema: "ca");

            migrationBuilder.DropTable(
                name: "audit_writers",
                schema: "ca");

            migrationBuilder.DropTable(
                name: "authorisations",
                schema: "ca");

            migrationBuilder.DropTable(
                name: "cmp_transactions",
                schema: "ca");

            migrationBuilder.DropTable(
                name: "crls",
                schema: "ca");

            migrationBuilder.DropTable(
                name: "events",
                schema: "ca");

            migrationBuilder.DropTable(
                name: "jobs",
                schema: "ca");

            migrationBuilder.DropTable(
                name: "certificates",
                schema: "ca");

            migrationBuilder.DropTable(
                name: "chains",
                schema: "ca");

            migrationBuilder.DropTable(
                name: "issuers",
                schema: "ca");
        }
    }
}
