using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace Rekey.Ra.Store.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class CmpReferences : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
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
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "cmp_references",
                schema: "ra");
        }
    }
}
