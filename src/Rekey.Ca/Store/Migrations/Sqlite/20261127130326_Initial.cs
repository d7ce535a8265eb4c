using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Rekey.Store.Audit;

#nullable disable

namespace Rekey.Ca.Store.Migrations.Sqlite
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
                name: "chains",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "TEXT", nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_chains", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "issuers",
                columns: table => new
                {
                    id = table.Column<int>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    name = table.Column<string>(type: "TEXT", maxLength: 63, nullable: false),
                    kind = table.Column<string>(type: "TEXT", maxLength: 8, nullable: false),
                    subject_der = table.Column<byte[]>(type: "BLOB", maxLength: 4096, nullable: false),
                    der = table.Column<byte[]>(type: "BLOB", nullable: false),
                    sha256 = table.Column<byte[]>(type: "BLOB", maxLength: 32, nullable: false),
                    crl_source = table.Column<string>(type: "TEXT", maxLength: 1000, nullable: true),
                    crl_max_age_hours = table.Column<int>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_issuers", x => x.id);
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
                name: "certificates",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    issuer_id = table.Column<int>(type: "INTEGER", nullable: false),
                    serial_hex = table.Column<string>(type: "TEXT", maxLength: 42, nullable: false),
                    subject_der = table.Column<byte[]>(type: "BLOB", maxLength: 4096, nullable: false),
                    subject = table.Column<string>(type: "TEXT", maxLength: 4096, nullable: false),
                    spki_sha256 = table.Column<byte[]>(type: "BLOB", maxLength: 32, nullable: false),
                    der = table.Column<byte[]>(type: "BLOB", nullable: false),
                    sha256 = table.Column<byte[]>(type: "BLOB", maxLength: 32, nullable: false),
                    not_before = table.Column<long>(type: "INTEGER", nullable: false),
                    not_after = table.Column<long>(type: "INTEGER", nullable: false),
                    profile = table.Column<string>(type: "TEXT", maxLength: 63, nullable: false),
                    subscriber_id = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    chain_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    renewal_id = table.Column<byte[]>(type: "BLOB", maxLength: 16, nullable: true),
                    renewed_from_id = table.Column<long>(type: "INTEGER", nullable: true),
                    pair_of_id = table.Column<long>(type: "INTEGER", nullable: true),
                    kmc_order_id = table.Column<byte[]>(type: "BLOB", maxLength: 16, nullable: true),
                    kmc_told = table.Column<string>(type: "TEXT", maxLength: 12, nullable: true),
                    state = table.Column<string>(type: "TEXT", maxLength: 12, nullable: false),
                    issued_at = table.Column<long>(type: "INTEGER", nullable: false),
                    confirm_by = table.Column<long>(type: "INTEGER", nullable: true),
                    confirmed_at = table.Column<long>(type: "INTEGER", nullable: true),
                    held_at = table.Column<long>(type: "INTEGER", nullable: true),
                    revoked_at = table.Column<long>(type: "INTEGER", nullable: true),
                    reason = table.Column<string>(type: "TEXT", maxLength: 24, nullable: true),
                    invalidity_date = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_certificates", x => x.id);
                    table.CheckConstraint("ck_certificates_times", "(state <> 'Confirmed' or confirmed_at is not null) and (state <> 'Held' or held_at is not null) and (state not in ('Revoked', 'Rejected') or revoked_at is not null)");
                    table.ForeignKey(
                        name: "fk_certificates_certificates_pair_of_id",
                        column: x => x.pair_of_id,
                        principalTable: "certificates",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_certificates_certificates_renewed_from_id",
                        column: x => x.renewed_from_id,
                        principalTable: "certificates",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_certificates_chains_chain_id",
                        column: x => x.chain_id,
                        principalTable: "chains",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_certificates_issuers_issuer_id",
                        column: x => x.issuer_id,
                        principalTable: "issuers",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "crls",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    issuer_id = table.Column<int>(type: "INTEGER", nullable: false),
                    number = table.Column<long>(type: "INTEGER", nullable: false),
                    this_update = table.Column<long>(type: "INTEGER", nullable: false),
                    next_update = table.Column<long>(type: "INTEGER", nullable: false),
                    last_event = table.Column<long>(type: "INTEGER", nullable: false),
                    der = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_crls", x => x.id);
                    table.ForeignKey(
                        name: "fk_crls_issuers_issuer_id",
                        column: x => x.issuer_id,
                        principalTable: "issuers",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "authorisations",
                columns: table => new
                {
                    document_sha256 = table.Column<byte[]>(type: "BLOB", maxLength: 32, nullable: false),
                    by_ceremony = table.Column<bool>(type: "INTEGER", nullable: false),
                    certificate_id = table.Column<long>(type: "INTEGER", nullable: true),
                    spent_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_authorisations", x => x.document_sha256);
                    table.ForeignKey(
                        name: "fk_authorisations_certificates_certificate_id",
                        column: x => x.certificate_id,
                        principalTable: "certificates",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "cmp_transactions",
                columns: table => new
                {
                    transaction_id = table.Column<string>(type: "TEXT", maxLength: 128, nullable: false),
                    requester = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    request_sha256 = table.Column<byte[]>(type: "BLOB", nullable: false),
                    cert_req_id = table.Column<int>(type: "INTEGER", nullable: false),
                    encryption_cert_req_id = table.Column<int>(type: "INTEGER", nullable: true),
                    certificate_id = table.Column<long>(type: "INTEGER", nullable: false),
                    answer = table.Column<byte[]>(type: "BLOB", nullable: false),
                    answer_nonce = table.Column<byte[]>(type: "BLOB", nullable: false),
                    answered_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_cmp_transactions", x => x.transaction_id);
                    table.ForeignKey(
                        name: "fk_cmp_transactions_certificates_certificate_id",
                        column: x => x.certificate_id,
                        principalTable: "certificates",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "events",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    sequence = table.Column<long>(type: "INTEGER", nullable: true),
                    kind = table.Column<string>(type: "TEXT", maxLength: 20, nullable: false),
                    certificate_id = table.Column<long>(type: "INTEGER", nullable: false),
                    at = table.Column<long>(type: "INTEGER", nullable: false),
                    recovery_id = table.Column<byte[]>(type: "BLOB", maxLength: 16, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_events", x => x.id);
                    table.ForeignKey(
                        name: "fk_events_certificates_certificate_id",
                        column: x => x.certificate_id,
                        principalTable: "certificates",
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
                name: "ix_authorisations_certificate_id",
                table: "authorisations",
                column: "certificate_id");

            migrationBuilder.CreateIndex(
                name: "ix_certificates_chain_id",
                table: "certificates",
                column: "chain_id");

            migrationBuilder.CreateIndex(
                name: "ix_certificates_for_crl",
                table: "certificates",
                columns: new[] { "issuer_id", "state" },
                filter: "state in ('Held', 'Revoked', 'Rejected')");

            migrationBuilder.CreateIndex(
                name: "ix_certificates_issuer_id_serial_hex",
                table: "certificates",
                columns: new[] { "issuer_id", "serial_hex" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_certificates_kmc_order_id",
                table: "certificates",
                column: "kmc_order_id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_certificates_not_after",
                table: "certificates",
                column: "not_after");

            migrationBuilder.CreateIndex(
                name: "ix_certificates_pair_of_id",
                table: "certificates",
                column: "pair_of_id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_certificates_renewal_id",
                table: "certificates",
                column: "renewal_id");

            migrationBuilder.CreateIndex(
                name: "ix_certificates_revoked_to_tell_kmc",
                table: "certificates",
                columns: new[] { "state", "id" },
                filter: "kmc_told = 'Confirmed' and state = 'Revoked'");

            migrationBuilder.CreateIndex(
                name: "ix_certificates_sha256",
                table: "certificates",
                column: "sha256",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_certificates_spki_sha256",
                table: "certificates",
                column: "spki_sha256");

            migrationBuilder.CreateIndex(
                name: "ix_certificates_subscriber_id",
                table: "certificates",
                column: "subscriber_id");

            migrationBuilder.CreateIndex(
                name: "ix_certificates_to_tell_kmc",
                table: "certificates",
                column: "id",
                filter: "kmc_order_id is not null and kmc_told is null and state <> 'Unconfirmed'");

            migrationBuilder.CreateIndex(
                name: "ix_certificates_waiting",
                table: "certificates",
                column: "confirm_by",
                filter: "state in ('Unconfirmed', 'Held')");

            migrationBuilder.CreateIndex(
                name: "ux_certificates_one_successor",
                table: "certificates",
                column: "renewed_from_id",
                unique: true,
                filter: "state in ('Unconfirmed', 'Confirmed', 'Held')");

            migrationBuilder.CreateIndex(
                name: "ix_cmp_transactions_certificate_id",
                table: "cmp_transactions",
                column: "certificate_id");

            migrationBuilder.CreateIndex(
                name: "ix_crls_issuer_id_number",
                table: "crls",
                columns: new[] { "issuer_id", "number" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_events_certificate_id",
                table: "events",
                column: "certificate_id");

            migrationBuilder.CreateIndex(
                name: "ix_events_recovery_id",
                table: "events",
                column: "recovery_id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_events_sequence",
                table: "events",
                column: "sequence",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_events_sequence1",
                table: "events",
                column: "sequence",
                filter: "kind not in ('Issued', 'Confirmed', 'KeyRecovered')");

            migrationBuilder.CreateIndex(
                name: "ix_events_unnumbered",
                table: "events",
                column: "id",
                filter: "sequence is null");

            migrationBuilder.CreateIndex(
                name: "ix_issuers_name",
                table: "issuers",
                column: "name",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_issuers_sha256",
                table: "issuers",
                column: "sha256",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_issuers_subject_der",
                table: "issuers",
                column: "subject_der");

            migrationBuilder.CreateIndex(
                name: "ix_jobs_due_at",
                table: "jobs",
                column: "due_at");

            migrationBuilder.CreateIndex(
                name: "ix_jobs_name_key",
                table: "jobs",
                columns: new[] { "name", "key" },
                unique: true);

            migrationBuilder.AddAuditGuards("ca");
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
                name: "authorisations");

            migrationBuilder.DropTable(
                name: "cmp_transactions");

            migrationBuilder.DropTable(
                name: "crls");

            migrationBuilder.DropTable(
                name: "events");

            migrationBuilder.DropTable(
                name: "jobs");

            migrationBuilder.DropTable(
                name: "certificates");

            migrationBuilder.DropTable(
                name: "chains");

            migrationBuilder.DropTable(
                name: "issuers");
        }
    }
}
