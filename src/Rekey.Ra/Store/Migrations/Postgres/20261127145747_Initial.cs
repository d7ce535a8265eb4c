using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Rekey.Ra.Subscribers.Search;
using Rekey.Store.Audit;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace Rekey.Ra.Store.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class Initial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.EnsureSchema(
                name: "ra");

            migrationBuilder.CreateTable(
                name: "audit_checkpoints",
                schema: "ra",
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
                schema: "ra",
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
                schema: "ra",
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
                schema: "ra",
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
                schema: "ra",
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
                name: "authorisation_tries",
                schema: "ra",
                columns: table => new
                {
                    reference = table.Column<string>(type: "character varying(8)", maxLength: 8, nullable: false),
                    wrong = table.Column<int>(type: "integer", nullable: false),
                    last_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_authorisation_tries", x => x.reference);
                });

            migrationBuilder.CreateTable(
                name: "ca_cursor",
                schema: "ra",
                columns: table => new
                {
                    id = table.Column<int>(type: "integer", nullable: false),
                    seq = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_ca_cursor", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "data_protection_keys",
                schema: "ra",
                columns: table => new
                {
                    id = table.Column<int>(type: "integer", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    friendly_name = table.Column<string>(type: "text", nullable: true),
                    xml = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_data_protection_keys", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "issuers",
                schema: "ra",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    name = table.Column<byte[]>(type: "bytea", maxLength: 1000, nullable: false),
                    display_name = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: false),
                    taken_over = table.Column<bool>(type: "boolean", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_issuers", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "login_attempts",
                schema: "ra",
                columns: table => new
                {
                    id = table.Column<string>(type: "character varying(22)", maxLength: 22, nullable: false),
                    version = table.Column<int>(type: "integer", nullable: false),
                    expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    content = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_login_attempts", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "login_challenges",
                schema: "ra",
                columns: table => new
                {
                    nonce_sha256 = table.Column<byte[]>(type: "bytea", maxLength: 32, nullable: false),
                    expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    used_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_login_challenges", x => x.nonce_sha256);
                });

            migrationBuilder.CreateTable(
                name: "relying_parties",
                schema: "ra",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    name = table.Column<string>(type: "character varying(60)", maxLength: 60, nullable: false),
                    credential_sha256 = table.Column<byte[]>(type: "bytea", maxLength: 32, nullable: false),
                    credential_made_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    added_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    disabled_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_relying_parties", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "saved_filters",
                schema: "ra",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    owner = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: false),
                    list = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    name = table.Column<string>(type: "character varying(30)", maxLength: 30, nullable: false),
                    query = table.Column<string>(type: "character varying(1000)", maxLength: 1000, nullable: false),
                    saved_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_saved_filters", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "subscriber_imports",
                schema: "ra",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    sha256 = table.Column<byte[]>(type: "bytea", maxLength: 32, nullable: false),
                    started_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    ended_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    last_row = table.Column<int>(type: "integer", nullable: false),
                    rows = table.Column<int>(type: "integer", nullable: false),
                    added = table.Column<int>(type: "integer", nullable: false),
                    unchanged = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_subscriber_imports", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "subscriber_uploads",
                schema: "ra",
                columns: table => new
                {
                    id = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                    owner = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: false),
                    file_name = table.Column<string>(type: "character varying(120)", maxLength: 120, nullable: false),
                    content = table.Column<byte[]>(type: "bytea", nullable: false),
                    sent_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    imported_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_subscriber_uploads", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "subscribers",
                schema: "ra",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    kind = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false),
                    stable_id = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false, collation: "C"),
                    credit_code = table.Column<string>(type: "character varying(18)", maxLength: 18, nullable: true, collation: "C"),
                    display_name = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: false, collation: "C"),
                    subject = table.Column<byte[]>(type: "bytea", maxLength: 2000, nullable: true),
                    contact_name = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: true, collation: "C"),
                    contact_phone = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: true),
                    contact_email = table.Column<string>(type: "character varying(254)", maxLength: 254, nullable: true),
                    identity_proved_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    state = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false),
                    registered_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    cancelled_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    version = table.Column<int>(type: "integer", nullable: false),
                    division = table.Column<string>(type: "character varying(6)", maxLength: 6, nullable: true, computedColumnSql: "substr(credit_code, 3, 6)", stored: true, collation: "C"),
                    phone_digits = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: true, computedColumnSql: "replace(replace(replace(replace(replace(replace(contact_phone, ' ', ''), '-', ''), '(', ''), ')', ''), '/', ''), '+', '')", stored: true, collation: "C"),
                    expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_subscribers", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "token_models",
                schema: "ra",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    manufacturer = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    model = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_token_models", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "authorisations",
                schema: "ra",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    reference = table.Column<string>(type: "character varying(8)", maxLength: 8, nullable: false),
                    subscriber_id = table.Column<long>(type: "bigint", nullable: false),
                    document = table.Column<byte[]>(type: "bytea", maxLength: 8192, nullable: false),
                    document_sha256 = table.Column<byte[]>(type: "bytea", maxLength: 32, nullable: false),
                    code_hash = table.Column<byte[]>(type: "bytea", maxLength: 32, nullable: false),
                    profile = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    state = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false),
                    maker = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    made_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    maker_signature = table.Column<byte[]>(type: "bytea", nullable: true),
                    decider = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: true),
                    decided_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    decision_reason = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: true),
                    checker_signature = table.Column<byte[]>(type: "bytea", nullable: true),
                    spent_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    version = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_authorisations", x => x.id);
                    table.ForeignKey(
                        name: "fk_authorisations_subscribers_subscriber_id",
                        column: x => x.subscriber_id,
                        principalSchema: "ra",
                        principalTable: "subscribers",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "certificates",
                schema: "ra",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    sha256 = table.Column<byte[]>(type: "bytea", maxLength: 32, nullable: false),
                    der = table.Column<byte[]>(type: "bytea", nullable: false),
                    issuer_id = table.Column<long>(type: "bigint", nullable: false),
                    serial = table.Column<string>(type: "character varying(42)", maxLength: 42, nullable: false, collation: "C"),
                    spki_sha256 = table.Column<byte[]>(type: "bytea", maxLength: 32, nullable: false),
                    not_before = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    not_after = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    subscriber_id = table.Column<long>(type: "bigint", nullable: false),
                    profile = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    state = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false),
                    revoked_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    renewed_from_id = table.Column<long>(type: "bigint", nullable: true),
                    pair_of_id = table.Column<long>(type: "bigint", nullable: true),
                    key_released_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    status_fresh_until = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    token_driver = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: true),
                    token_manufacturer = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: true),
                    token_model = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: true),
                    token_serial_number = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: true, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_certificates", x => x.id);
                    table.ForeignKey(
                        name: "fk_certificates_certificates_pair_of_id",
                        column: x => x.pair_of_id,
                        principalSchema: "ra",
                        principalTable: "certificates",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_certificates_certificates_renewed_from_id",
                        column: x => x.renewed_from_id,
                        principalSchema: "ra",
                        principalTable: "certificates",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_certificates_issuers_issuer_id",
                        column: x => x.issuer_id,
                        principalSchema: "ra",
                        principalTable: "issuers",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_certificates_subscribers_subscriber_id",
                        column: x => x.subscriber_id,
                        principalSchema: "ra",
                        principalTable: "subscribers",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "cmp_references",
                schema: "ra",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    reference = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    sealed_secret = table.Column<byte[]>(type: "bytea", maxLength: 200, nullable: false),
                    subscriber_id = table.Column<long>(type: "bigint", nullable: false),
                    profile = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    approve_by_hand = table.Column<bool>(type: "boolean", nullable: false),
                    spki_sha256 = table.Column<byte[]>(type: "bytea", maxLength: 32, nullable: true),
                    wrong_tries = table.Column<int>(type: "integer", nullable: false),
                    spent_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_cmp_references", x => x.id);
                    table.ForeignKey(
                        name: "fk_cmp_references_subscribers_subscriber_id",
                        column: x => x.subscriber_id,
                        principalSchema: "ra",
                        principalTable: "subscribers",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "operators",
                schema: "ra",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    subscriber_id = table.Column<long>(type: "bigint", nullable: false),
                    role = table.Column<string>(type: "character varying(24)", maxLength: 24, nullable: false),
                    duties = table.Column<int>(type: "integer", nullable: false),
                    scope = table.Column<string>(type: "character varying(2000)", maxLength: 2000, nullable: false),
                    state = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false),
                    appointed_by = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: false),
                    appointed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    changed_by = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: false),
                    changed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    removal_reason = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: true),
                    version = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_operators", x => x.id);
                    table.ForeignKey(
                        name: "fk_operators_subscribers_subscriber_id",
                        column: x => x.subscriber_id,
                        principalSchema: "ra",
                        principalTable: "subscribers",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "subscriber_changes",
                schema: "ra",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    subscriber_id = table.Column<long>(type: "bigint", nullable: false),
                    version = table.Column<int>(type: "integer", nullable: false),
                    changed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    actor = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: false),
                    fields = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_subscriber_changes", x => x.id);
                    table.ForeignKey(
                        name: "fk_subscriber_changes_subscribers_subscriber_id",
                        column: x => x.subscriber_id,
                        principalSchema: "ra",
                        principalTable: "subscribers",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "downloads",
                schema: "ra",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    download_id = table.Column<byte[]>(type: "bytea", maxLength: 16, nullable: false),
                    authorisation_id = table.Column<long>(type: "bigint", nullable: false),
                    session_id = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: true),
                    state = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false),
                    started_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    ended_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    untold = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: true),
                    key_type = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false),
                    encryption_key_type = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: true),
                    token_driver = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false),
                    token_manufacturer = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    token_model = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    token_serial_number = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_downloads", x => x.id);
                    table.ForeignKey(
                        name: "fk_downloads_authorisations_authorisation_id",
                        column: x => x.authorisation_id,
                        principalSchema: "ra",
                        principalTable: "authorisations",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "sessions",
                schema: "ra",
                columns: table => new
                {
                    id = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                    cookie_secret_sha256 = table.Column<byte[]>(type: "bytea", maxLength: 32, nullable: false),
                    purpose = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false),
                    return_to = table.Column<string>(type: "character varying(1000)", maxLength: 1000, nullable: true),
                    language = table.Column<string>(type: "character varying(10)", maxLength: 10, nullable: false),
                    check_code = table.Column<string>(type: "character varying(6)", maxLength: 6, nullable: false),
                    lookup_code = table.Column<string>(type: "character varying(7)", maxLength: 7, nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    keep_until = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    ticket_number = table.Column<int>(type: "integer", nullable: false),
                    ticket_expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    agent_token_sha256 = table.Column<byte[]>(type: "bytea", maxLength: 32, nullable: true),
                    agent_version = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: true),
                    agent_seen_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    selected_sha256 = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: true),
                    renewal_id = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: true),
                    authorisation_id = table.Column<long>(type: "bigint", nullable: true),
                    sealed_secret = table.Column<byte[]>(type: "bytea", maxLength: 100, nullable: true),
                    sealed_proof = table.Column<byte[]>(type: "bytea", maxLength: 100, nullable: true),
                    ended = table.Column<bool>(type: "boolean", nullable: false),
                    last_event = table.Column<int>(type: "integer", nullable: false),
                    last_command = table.Column<int>(type: "integer", nullable: false),
                    version = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_sessions", x => x.id);
                    table.ForeignKey(
                        name: "fk_sessions_authorisations_authorisation_id",
                        column: x => x.authorisation_id,
                        principalSchema: "ra",
                        principalTable: "authorisations",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "key_needs",
                schema: "ra",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    relying_party_id = table.Column<long>(type: "bigint", nullable: false),
                    reference = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    certificate_id = table.Column<long>(type: "bigint", nullable: false),
                    until = table.Column<DateOnly>(type: "date", nullable: false),
                    reason = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    registered_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    changed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_key_needs", x => x.id);
                    table.ForeignKey(
                        name: "fk_key_needs_certificates_certificate_id",
                        column: x => x.certificate_id,
                        principalSchema: "ra",
                        principalTable: "certificates",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_key_needs_relying_parties_relying_party_id",
                        column: x => x.relying_party_id,
                        principalSchema: "ra",
                        principalTable: "relying_parties",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "outbox",
                schema: "ra",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    kind = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                    subscriber_id = table.Column<long>(type: "bigint", nullable: false),
                    certificate_id = table.Column<long>(type: "bigint", nullable: false),
                    reference = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    sent_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_outbox", x => x.id);
                    table.ForeignKey(
                        name: "fk_outbox_certificates_certificate_id",
                        column: x => x.certificate_id,
                        principalSchema: "ra",
                        principalTable: "certificates",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_outbox_subscribers_subscriber_id",
                        column: x => x.subscriber_id,
                        principalSchema: "ra",
                        principalTable: "subscribers",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "renewals",
                schema: "ra",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    renewal_id = table.Column<byte[]>(type: "bytea", maxLength: 16, nullable: false),
                    old_certificate_id = table.Column<long>(type: "bigint", nullable: false),
                    session_id = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: true),
                    state = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false),
                    started_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    heard_key = table.Column<byte[]>(type: "bytea", maxLength: 32, nullable: true),
                    heard_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    ended_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    untold = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: true),
                    key_type = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false),
                    encryption_key_type = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: true),
                    retire = table.Column<bool>(type: "boolean", nullable: false),
                    tidies = table.Column<bool>(type: "boolean", nullable: false),
                    token_driver = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false),
                    token_manufacturer = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    token_model = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    token_serial_number = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_renewals", x => x.id);
                    table.ForeignKey(
                        name: "fk_renewals_certificates_old_certificate_id",
                        column: x => x.old_certificate_id,
                        principalSchema: "ra",
                        principalTable: "certificates",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "waiting_requests",
                schema: "ra",
                columns: table => new
                {
                    reference_id = table.Column<long>(type: "bigint", nullable: false),
                    transaction_id = table.Column<byte[]>(type: "bytea", maxLength: 64, nullable: false),
                    message = table.Column<byte[]>(type: "bytea", nullable: false),
                    received_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    decision = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false),
                    decided_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    reason = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_waiting_requests", x => x.reference_id);
                    table.CheckConstraint("ck_waiting_requests_decided", "(decision = 'Waiting') = (decided_at is null)");
                    table.ForeignKey(
                        name: "fk_waiting_requests_cmp_references_reference_id",
                        column: x => x.reference_id,
                        principalSchema: "ra",
                        principalTable: "cmp_references",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "console_sessions",
                schema: "ra",
                columns: table => new
                {
                    secret_sha256 = table.Column<byte[]>(type: "bytea", maxLength: 32, nullable: false),
                    operator_id = table.Column<long>(type: "bigint", nullable: false),
                    operator_version = table.Column<int>(type: "integer", nullable: false),
                    certificate_id = table.Column<long>(type: "bigint", nullable: false),
                    started_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    seen_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    ended_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_console_sessions", x => x.secret_sha256);
                    table.ForeignKey(
                        name: "fk_console_sessions_certificates_certificate_id",
                        column: x => x.certificate_id,
                        principalSchema: "ra",
                        principalTable: "certificates",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "fk_console_sessions_operators_operator_id",
                        column: x => x.operator_id,
                        principalSchema: "ra",
                        principalTable: "operators",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "download_certificates",
                schema: "ra",
                columns: table => new
                {
                    download_id = table.Column<long>(type: "bigint", nullable: false),
                    ordinal = table.Column<int>(type: "integer", nullable: false),
                    certificate_id = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_download_certificates", x => new { x.download_id, x.ordinal });
                    table.ForeignKey(
                        name: "fk_download_certificates_certificates_certificate_id",
                        column: x => x.certificate_id,
                        principalSchema: "ra",
                        principalTable: "certificates",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_download_certificates_downloads_download_id",
                        column: x => x.download_id,
                        principalSchema: "ra",
                        principalTable: "downloads",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "agent_commands",
                schema: "ra",
                columns: table => new
                {
                    session_id = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                    seq = table.Column<int>(type: "integer", nullable: false),
                    json = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_agent_commands", x => new { x.session_id, x.seq });
                    table.ForeignKey(
                        name: "fk_agent_commands_sessions_session_id",
                        column: x => x.session_id,
                        principalSchema: "ra",
                        principalTable: "sessions",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "session_events",
                schema: "ra",
                columns: table => new
                {
                    session_id = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                    seq = table.Column<int>(type: "integer", nullable: false),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    json = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_session_events", x => new { x.session_id, x.seq });
                    table.ForeignKey(
                        name: "fk_session_events_sessions_session_id",
                        column: x => x.session_id,
                        principalSchema: "ra",
                        principalTable: "sessions",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "tickets",
                schema: "ra",
                columns: table => new
                {
                    sha256 = table.Column<byte[]>(type: "bytea", maxLength: 32, nullable: false),
                    session_id = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                    expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    used = table.Column<bool>(type: "boolean", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_tickets", x => x.sha256);
                    table.ForeignKey(
                        name: "fk_tickets_sessions_session_id",
                        column: x => x.session_id,
                        principalSchema: "ra",
                        principalTable: "sessions",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "renewal_certificates",
                schema: "ra",
                columns: table => new
                {
                    renewal_id = table.Column<long>(type: "bigint", nullable: false),
                    ordinal = table.Column<int>(type: "integer", nullable: false),
                    certificate_id = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_renewal_certificates", x => new { x.renewal_id, x.ordinal });
                    table.ForeignKey(
                        name: "fk_renewal_certificates_certificates_certificate_id",
                        column: x => x.certificate_id,
                        principalSchema: "ra",
                        principalTable: "certificates",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_renewal_certificates_renewals_renewal_id",
                        column: x => x.renewal_id,
                        principalSchema: "ra",
                        principalTable: "renewals",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "ix_audit_entries_at",
                schema: "ra",
                table: "audit_entries",
                column: "at");

            migrationBuilder.CreateIndex(
                name: "ix_audit_entries_leaf_index",
                schema: "ra",
                table: "audit_entries",
                column: "leaf_index",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_audit_entries_target",
                schema: "ra",
                table: "audit_entries",
                column: "target");

            migrationBuilder.CreateIndex(
                name: "ix_audit_entries_unsequenced",
                schema: "ra",
                table: "audit_entries",
                column: "id",
                filter: "leaf_index is null");

            migrationBuilder.CreateIndex(
                name: "ix_audit_entries_writer_counter",
                schema: "ra",
                table: "audit_entries",
                columns: new[] { "writer", "counter" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_authorisation_tries_last_at",
                schema: "ra",
                table: "authorisation_tries",
                column: "last_at");

            migrationBuilder.CreateIndex(
                name: "ix_authorisations_document_sha256",
                schema: "ra",
                table: "authorisations",
                column: "document_sha256",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_authorisations_reference",
                schema: "ra",
                table: "authorisations",
                column: "reference",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_authorisations_state_expires_at",
                schema: "ra",
                table: "authorisations",
                columns: new[] { "state", "expires_at" });

            migrationBuilder.CreateIndex(
                name: "ix_authorisations_subscriber_id",
                schema: "ra",
                table: "authorisations",
                column: "subscriber_id");

            migrationBuilder.CreateIndex(
                name: "ix_certificates_issuer_id_serial",
                schema: "ra",
                table: "certificates",
                columns: new[] { "issuer_id", "serial" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_certificates_not_after",
                schema: "ra",
                table: "certificates",
                column: "not_after");

            migrationBuilder.CreateIndex(
                name: "ix_certificates_pair_of_id",
                schema: "ra",
                table: "certificates",
                column: "pair_of_id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_certificates_renewed_from_id",
                schema: "ra",
                table: "certificates",
                column: "renewed_from_id");

            migrationBuilder.CreateIndex(
                name: "ix_certificates_serial",
                schema: "ra",
                table: "certificates",
                column: "serial");

            migrationBuilder.CreateIndex(
                name: "ix_certificates_sha256",
                schema: "ra",
                table: "certificates",
                column: "sha256",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_certificates_spki_sha256",
                schema: "ra",
                table: "certificates",
                column: "spki_sha256");

            migrationBuilder.CreateIndex(
                name: "ix_certificates_subscriber_id",
                schema: "ra",
                table: "certificates",
                column: "subscriber_id");

            migrationBuilder.CreateIndex(
                name: "ix_cmp_references_reference",
                schema: "ra",
                table: "cmp_references",
                column: "reference",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_cmp_references_subscriber_id",
                schema: "ra",
                table: "cmp_references",
                column: "subscriber_id");

            migrationBuilder.CreateIndex(
                name: "ix_console_sessions_certificate_id",
                schema: "ra",
                table: "console_sessions",
                column: "certificate_id");

            migrationBuilder.CreateIndex(
                name: "ix_console_sessions_operator_id_seen_at",
                schema: "ra",
                table: "console_sessions",
                columns: new[] { "operator_id", "seen_at" });

            migrationBuilder.CreateIndex(
                name: "ix_download_certificates_certificate_id",
                schema: "ra",
                table: "download_certificates",
                column: "certificate_id");

            migrationBuilder.CreateIndex(
                name: "ix_downloads_download_id",
                schema: "ra",
                table: "downloads",
                column: "download_id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_downloads_session_id",
                schema: "ra",
                table: "downloads",
                column: "session_id");

            migrationBuilder.CreateIndex(
                name: "ix_downloads_untold",
                schema: "ra",
                table: "downloads",
                column: "untold",
                filter: "untold is not null");

            migrationBuilder.CreateIndex(
                name: "ux_downloads_one_at_once",
                schema: "ra",
                table: "downloads",
                column: "authorisation_id",
                unique: true,
                filter: "state in ('Open', 'Confirmed')");

            migrationBuilder.CreateIndex(
                name: "ix_issuers_name",
                schema: "ra",
                table: "issuers",
                column: "name",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_key_needs_certificate_id_until",
                schema: "ra",
                table: "key_needs",
                columns: new[] { "certificate_id", "until" });

            migrationBuilder.CreateIndex(
                name: "ix_key_needs_relying_party_id_reference",
                schema: "ra",
                table: "key_needs",
                columns: new[] { "relying_party_id", "reference" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_login_attempts_expires_at",
                schema: "ra",
                table: "login_attempts",
                column: "expires_at");

            migrationBuilder.CreateIndex(
                name: "ix_login_challenges_expires_at",
                schema: "ra",
                table: "login_challenges",
                column: "expires_at");

            migrationBuilder.CreateIndex(
                name: "ix_operators_subscriber_id",
                schema: "ra",
                table: "operators",
                column: "subscriber_id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_outbox_certificate_id",
                schema: "ra",
                table: "outbox",
                column: "certificate_id");

            migrationBuilder.CreateIndex(
                name: "ix_outbox_kind_certificate_id_reference",
                schema: "ra",
                table: "outbox",
                columns: new[] { "kind", "certificate_id", "reference" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_outbox_sent_at",
                schema: "ra",
                table: "outbox",
                column: "sent_at");

            migrationBuilder.CreateIndex(
                name: "ix_outbox_subscriber_id",
                schema: "ra",
                table: "outbox",
                column: "subscriber_id");

            migrationBuilder.CreateIndex(
                name: "ix_relying_parties_credential_sha256",
                schema: "ra",
                table: "relying_parties",
                column: "credential_sha256",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_relying_parties_name",
                schema: "ra",
                table: "relying_parties",
                column: "name",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_renewal_certificates_certificate_id",
                schema: "ra",
                table: "renewal_certificates",
                column: "certificate_id");

            migrationBuilder.CreateIndex(
                name: "ix_renewals_renewal_id",
                schema: "ra",
                table: "renewals",
                column: "renewal_id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_renewals_session_id",
                schema: "ra",
                table: "renewals",
                column: "session_id");

            migrationBuilder.CreateIndex(
                name: "ix_renewals_untold",
                schema: "ra",
                table: "renewals",
                column: "untold",
                filter: "untold is not null");

            migrationBuilder.CreateIndex(
                name: "ux_renewals_one_at_once",
                schema: "ra",
                table: "renewals",
                column: "old_certificate_id",
                unique: true,
                filter: "state in ('Open', 'Confirmed')");

            migrationBuilder.CreateIndex(
                name: "ix_saved_filters_owner_list_name",
                schema: "ra",
                table: "saved_filters",
                columns: new[] { "owner", "list", "name" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_sessions_agent_token_sha256",
                schema: "ra",
                table: "sessions",
                column: "agent_token_sha256",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_sessions_authorisation_id",
                schema: "ra",
                table: "sessions",
                column: "authorisation_id");

            migrationBuilder.CreateIndex(
                name: "ix_sessions_keep_until",
                schema: "ra",
                table: "sessions",
                column: "keep_until");

            migrationBuilder.CreateIndex(
                name: "ix_sessions_lookup_code",
                schema: "ra",
                table: "sessions",
                column: "lookup_code",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_sessions_renewal_id",
                schema: "ra",
                table: "sessions",
                column: "renewal_id");

            migrationBuilder.CreateIndex(
                name: "ix_subscriber_changes_subscriber_id_version",
                schema: "ra",
                table: "subscriber_changes",
                columns: new[] { "subscriber_id", "version" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_subscriber_imports_sha256",
                schema: "ra",
                table: "subscriber_imports",
                column: "sha256");

            migrationBuilder.CreateIndex(
                name: "ix_subscriber_uploads_owner_sent_at",
                schema: "ra",
                table: "subscriber_uploads",
                columns: new[] { "owner", "sent_at" });

            migrationBuilder.CreateIndex(
                name: "ix_subscriber_uploads_sent_at",
                schema: "ra",
                table: "subscriber_uploads",
                column: "sent_at");

            migrationBuilder.CreateIndex(
                name: "ix_subscribers_cancelled",
                schema: "ra",
                table: "subscribers",
                column: "id",
                filter: "state = 'Cancelled'");

            migrationBuilder.CreateIndex(
                name: "ix_subscribers_contact_name",
                schema: "ra",
                table: "subscribers",
                column: "contact_name");

            migrationBuilder.CreateIndex(
                name: "ix_subscribers_credit_code_id",
                schema: "ra",
                table: "subscribers",
                columns: new[] { "credit_code", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_subscribers_display_name_id",
                schema: "ra",
                table: "subscribers",
                columns: new[] { "display_name", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_subscribers_division_display_name_id",
                schema: "ra",
                table: "subscribers",
                columns: new[] { "division", "display_name", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_subscribers_expires_at_id",
                schema: "ra",
                table: "subscribers",
                columns: new[] { "expires_at", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_subscribers_phone_digits",
                schema: "ra",
                table: "subscribers",
                column: "phone_digits");

            migrationBuilder.CreateIndex(
                name: "ix_subscribers_stable_id",
                schema: "ra",
                table: "subscribers",
                column: "stable_id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_tickets_session_id",
                schema: "ra",
                table: "tickets",
                column: "session_id");

            migrationBuilder.CreateIndex(
                name: "ix_token_models_manufacturer_model",
                schema: "ra",
                table: "token_models",
                columns: new[] { "manufacturer", "model" },
                unique: true);

            migrationBuilder.AddAuditGuards("ra");
            migrationBuilder.AddSubscriberIndexes("ra");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "agent_commands",
                schema: "ra");

            migrationBuilder.DropTable(
                name: "audit_checkpoints",
                schema: "ra");

            migrationBuilder.DropTable(
                name: "audit_entries",
                schema: "ra");

            migrationBuilder.DropTable(
                name: "audit_personal",
                schema: "ra");

            migrationBuilder.DropTable(
                name: "audit_tiles",
                schema: "ra");

            migrationBuilder.DropTable(
                name: "audit_writers",
                schema: "ra");

            migrationBuilder.DropTable(
                name: "authorisation_tries",
                schema: "ra");

            migrationBuilder.DropTable(
                name: "ca_cursor",
                schema: "ra");

            migrationBuilder.DropTable(
                name: "console_sessions",
                schema: "ra");

            migrationBuilder.DropTable(
                name: "data_protection_keys",
                schema: "ra");

            migrationBuilder.DropTable(
                name: "download_certificates",
                schema: "ra");

            migrationBuilder.DropTable(
                name: "key_needs",
                schema: "ra");

            migrationBuilder.DropTable(
                name: "login_attempts",
                schema: "ra");

            migrationBuilder.DropTable(
                name: "login_challenges",
                schema: "ra");

            migrationBuilder.DropTable(
                name: "outbox",
                schema: "ra");

            migrationBuilder.DropTable(
                name: "renewal_certificates",
                schema: "ra");

            migrationBuilder.DropTable(
                name: "saved_filters",
                schema: "ra");

            migrationBuilder.DropTable(
                name: "session_events",
                schema: "ra");

            migrationBuilder.DropTable(
                name: "subscriber_changes",
                schema: "ra");

            migrationBuilder.DropTable(
                name: "subscriber_imports",
                schema: "ra");

            migrationBuilder.DropTable(
                name: "subscriber_uploads",
                schema: "ra");

            migrationBuilder.DropTable(
                name: "tickets",
                schema: "ra");

            migrationBuilder.DropTable(
                name: "token_models",
                schema: "ra");

            migrationBuilder.DropTable(
                name: "waiting_requests",
                schema: "ra");

            migrationBuilder.DropTable(
                name: "operators",
                schema: "ra");

            migrationBuilder.DropTable(
                name: "downloads",
                schema: "ra");

            migrationBuilder.DropTable(
                name: "relying_parties",
                schema: "ra");

            migrationBuilder.DropTable(
                name: "renewals",
                schema: "ra");

            migrationBuilder.DropTable(
                name: "sessions",
                schema: "ra");

            migrationBuilder.DropTable(
                name: "cmp_references",
                schema: "ra");

            migrationBuilder.DropTable(
                name: "certificates",
                schema: "ra");

            migrationBuilder.DropTable(
                name: "authorisations",
                schema: "ra");

            migrationBuilder.DropTable(
                name: "issuers",
                schema: "ra");

            migrationBuilder.DropTable(
                name: "subscribers",
                schema: "ra");
        }
    }
}
