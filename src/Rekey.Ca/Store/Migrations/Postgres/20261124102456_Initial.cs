using System;
using Microsoft.EntityFrameworkCore.Migrations;
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
                name: "events",
                schema: "ca",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    sequence = table.Column<long>(type: "bigint", nullable: true),
                    kind = table.Column<string>(type: "character varying(20)", maxLength: 20, nullable: false),
                    certificate_id = table.Column<long>(type: "bigint", nullable: false),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
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
                name: "ix_certificates_not_after",
                schema: "ca",
                table: "certificates",
                column: "not_after");

            migrationBuilder.CreateIndex(
                name: "ix_certificates_renewal_id",
                schema: "ca",
                table: "certificates",
                column: "renewal_id");

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
                name: "ix_events_sequence",
                schema: "ca",
                table: "events",
                column: "sequence",
                unique: true);

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
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "crls",
                schema: "ca");

            migrationBuilder.DropTable(
                name: "events",
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
