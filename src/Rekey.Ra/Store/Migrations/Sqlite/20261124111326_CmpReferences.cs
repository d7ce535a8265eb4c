using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Rekey.Ra.Store.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class CmpReferences : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "cmp_references",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    reference = table.Column<string>(type: "TEXT", maxLength: 40, nullable: false),
                    sealed_secret = table.Column<byte[]>(type: "BLOB", maxLength: 200, nullable: false),
                    subscriber_id = table.Column<long>(type: "INTEGER", nullable: false),
                    profile = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    expires_at = table.Column<long>(type: "INTEGER", nullable: false),
                    spki_sha256 = table.Column<byte[]>(type: "BLOB", maxLength: 32, nullable: true),
                    wrong_tries = table.Column<int>(type: "INTEGER", nullable: false),
                    spent_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_cmp_references", x => x.id);
                    table.ForeignKey(
                        name: "fk_cmp_references_subscribers_subscriber_id",
                        column: x => x.subscriber_id,
                        principalTable: "subscribers",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateIndex(
                name: "ix_cmp_references_reference",
                table: "cmp_references",
                column: "reference",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_cmp_references_subscriber_id",
                table: "cmp_references",
                column: "subscriber_id");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "cmp_references");
        }
    }
}
