using System;
using Microsoft.EntityFrameworkCore.Migrations;

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
                name: "events",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    sequence = table.Column<long>(type: "INTEGER", nullable: true),
                    kind = table.Column<string>(type: "TEXT", maxLength: 20, nullable: false),
                    certificate_id = table.Column<long>(type: "INTEGER", nullable: false),
                    at = table.Column<long>(type: "INTEGER", nullable: false)
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
                name: "ix_certificates_not_after",
                table: "certificates",
                column: "not_after");

            migrationBuilder.CreateIndex(
                name: "ix_certificates_renewal_id",
                table: "certificates",
                column: "renewal_id");

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
                name: "ix_crls_issuer_id_number",
                table: "crls",
                columns: new[] { "issuer_id", "number" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_events_certificate_id",
                table: "events",
                column: "certificate_id");

            migrationBuilder.CreateIndex(
                name: "ix_events_sequence",
                table: "events",
                column: "sequence",
                unique: true);

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
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "crls");

            migrationBuilder.DropTable(
                name: "events");

            migrationBuilder.DropTable(
                name: "certificates");

            migrationBuilder.DropTable(
                name: "chains");

            migrationBuilder.DropTable(
                name: "issuers");
        }
    }
}
