using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Rekey.Ra.Store.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class RenewalHeard : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "heard_at",
                schema: "ra",
                table: "renewals",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<byte[]>(
                name: "heard_key",
                schema: "ra",
                table: "renewals",
                type: "bytea",
                maxLength: 32,
                nullable: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "heard_at",
                schema: "ra",
                table: "renewals");

            migrationBuilder.DropColumn(
                name: "heard_key",
                schema: "ra",
                table: "renewals");
        }
    }
}
