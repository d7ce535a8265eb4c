using System.IO.Compression;
using System.Reflection;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Rekey.Web.Design;

/// <summary>
/// Style sheet, script and drawings. They are in the assembly, compressed once per process at the best level, and their address
/// carries a hash of all of them, so that browsers keep them for good and still never show an old one.
/// </summary>
internal static class EmbeddedAssets
{
    private const string Prefix = "Rekey.Web.Assets/";

    private const string BasePath = "/CaUpdate/assets/";

    private static readonly Dictionary<string, string> MediaTypes = new()
    {
        [".css"] = "text/css; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".svg"] = "image/svg+xml",
    };

    private static readonly Dictionary<string, Asset> All = Load();

    private static readonly string Version = Convert.ToHexStringLower(
        SHA256.HashData([.. All.OrderBy(a => a.Key, StringComparer.Ordinal).SelectMany(a => SHA256.HashData(a.Value.Plain))]))[..12];

    /// <summary>The address of an asset, for example <c>rekey.css</c>.</summary>
    public static string Url(string name) =>
        All.ContainsKey(name) ? BasePath + Version + "/" + name : throw new ArgumentException($"there is no asset {name}", nameof(name));

    public static void Map(IEndpointRouteBuilder routes) => routes.MapMethods(BasePath + "{version}/{name}", [HttpMethods.Get, HttpMethods.Head], Serve);

    private static IResult Serve(HttpContext context, string version, string name)
    {
        if (!All.TryGetValue(name, out var asset))
        {
            return Results.NotFound();
        }

        // A page of another release may ask; it gets what there is, but keeps it not.
        context.Response.Headers.CacheControl = version == Version ? "public, max-age=31536000, immutable" : "no-cache";
        context.Response.Headers.Vary = "Accept-Encoding";
        var accepted = context.Request.Headers.AcceptEncoding.ToString();
        var (body, encoding) = accepted.Contains("br", StringComparison.Ordinal) ? (asset.Brotli.Value, "br")
            : accepted.Contains("gzip", StringComparison.Ordinal) ? (asset.Gzip.Value, "gzip")
            : (asset.Plain, null);
        if (encoding is not null)
        {
            context.Response.Headers.ContentEncoding = encoding;
        }

        return Results.Bytes(body, asset.MediaType);
    }

    private static Dictionary<string, Asset> Load()
    {
        var assembly = Assembly.GetExecutingAssembly();
        return assembly.GetManifestResourceNames().Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)).ToDictionary(
            n => n[Prefix.Length..],
            n =>
            {
                using var stream = assembly.GetManifestResourceStream(n)!;
                var plain = new byte[stream.Length];
                stream.ReadExactly(plain);
                return new Asset(MediaTypes[Path.GetExtension(n)], plain);
            });
    }

    private sealed class Asset(string mediaType, byte[] plain)
    {
        public string MediaType => mediaType;

        public byte[] Plain => plain;

        public Lazy<byte[]> Brotli { get; } = new(() => Compress(plain, s => new BrotliStream(s, CompressionLevel.SmallestSize)));

        public Lazy<byte[]> Gzip { get; } = new(() => Compress(plain, s => new GZipStream(s, CompressionLevel.SmallestSize)));

        private static byte[] Compress(byte[] plain, Func<Stream, Stream> compressor)
        {
            using var target = new MemoryStream();
            using (var stream = compressor(target))
            {
                stream.Write(plain);
            }

            return target.ToArray();
        }
    }
}
