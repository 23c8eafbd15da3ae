import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/** Uploads files of the given lengths by explicit TLS, as Java's FTP libraries do: PORT TLS-VERSION PASSWORD LENGTH... */
public class Upload {
  static BufferedReader in;
  static OutputStream out;
  static SSLSocketFactory factory;

  public static void main(String[] arguments) throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[] {new Anybody()}, null);
    factory = context.getSocketFactory();
    Socket plain = new Socket("127.0.0.1", Integer.parseInt(arguments[0]));
    use(plain);
    expect("220");
    command("AUTH TLS", "234");
    use(secure(plain, arguments[1]));
    command("USER ada", "331");
    command("PASS " + arguments[2], "230");
    command("PBSZ 0", "200");
    command("PROT P", "200");
    command("TYPE I", "200");
    for (int i = 3; i < arguments.length; i++) upload(Integer.parseInt(arguments[i]), arguments[1]);
    command("QUIT", "221");
    System.out.println("done");
  }

  static void upload(int length, String version) throws IOException {
    int port = Integer.parseInt(command("EPSV", "229").split("\\|")[3]);
    Socket data = new Socket("127.0.0.1", port);
    command("STOR " + length, "150");
    SSLSocket secured = secure(data, version);
    secured.getOutputStream().write(new byte[length]);
    secured.close();
    expect("226");
  }

  static SSLSocket secure(Socket socket, String version) throws IOException {
    SSLSocket secured = (SSLSocket) factory.createSocket(socket, "127.0.0.1", socket.getPort(), true);
    secured.setEnabledProtocols(new String[] {version});
    secured.startHandshake();
    return secured;
  }

  static void use(Socket socket) throws IOException {
    in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
    out = socket.getOutputStream();
  }

  static String command(String line, String code) throws IOException {
    out.write((line + "\r\n").getBytes(StandardCharsets.UTF_8));
    out.flush();
    return expect(code);
  }

  static String expect(String code) throws IOException {
    String line = in.readLine();
    while (line != null && !line.matches("\\d{3} .*")) line = in.readLine();
    if (line == null || !line.startsWith(code)) throw new IOException("expected " + code + ", got " + line);
    return line;
  }

  static class Anybody implements X509TrustManager {
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
